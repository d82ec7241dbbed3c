import { expect, inject, test } from 'vitest';
import { databaseUrl } from '../../../test/database.ts';
import { type PostgresUrlError, readPostgresUrl } from './connection-url.ts';
import { openPostgres } from './postgres-database.ts';

const configs = (url: string) => readPostgresUrl(url).targets.map(({ config }) => config);

test('a URL is read as libpq reads it', () => {
  expect(configs('postgres://ada:p%40ss%3A@db.example.com:6543/auth')).toEqual([
    {
      user: 'ada',
      password: 'p@ss:',
      host: 'db.example.com',
      port: 6543,
      database: 'auth',
      ssl: false,
    },
  ]);
  expect(configs('postgresql://[::1]/auth')).toMatchObject([{ host: '::1', database: 'auth' }]);
  expect(configs('postgres:///auth?host=/run/postgresql')).toMatchObject([
    { host: '/run/postgresql', database: 'auth' },
  ]);
  expect(configs('postgres://one:1111,two/auth?application_name=a')).toMatchObject([
    { host: 'one', port: 1111, application_name: 'a' },
    { host: 'two', application_name: 'a' },
  ]);
});

test('the location has no password', () => {
  const { location } = readPostgresUrl('postgres://ada:secret@one:1111,two/auth?sslmode=require');
  expect(location).toBe('postgres://ada@one:1111,two/auth');
});

test.each([
  ['disable', false],
  ['no-verify', { rejectUnauthorized: false }],
  ['require', { rejectUnauthorized: false }],
  ['verify-full', {}],
])('sslmode=%s', (mode, ssl) => {
  expect(configs(`postgres://h/d?sslmode=${mode}`)[0]?.ssl).toEqual(ssl);
});

test('passwords in the clear to another machine are known', () => {
  expect(readPostgresUrl('postgres://db.example.com/d').isExposed).toBe(true);
  expect(readPostgresUrl('postgres://db.example.com/d?sslmode=require').isExposed).toBe(false);
  expect(readPostgresUrl('postgres://127.0.0.1/d').isExposed).toBe(false);
  expect(readPostgresUrl('postgres:///d?host=/run/postgresql').isExposed).toBe(false);
});

function problemsOf(url: string): readonly string[] {
  try {
    readPostgresUrl(url);
    return [];
  } catch (error) {
    return (error as PostgresUrlError).problems;
  }
}

test('every error is named, and the password is not', () => {
  const many = problemsOf(
    'postgres://ada:s3cr%zzt@h:99999/d?sslmode=prefer&x=1&sslrootcert=/no/such',
  );
  expect(many).toHaveLength(5);
  expect(many.join(' ')).not.toMatch(/s3cr/);
  expect(problemsOf('postgres:nothing')).toHaveLength(1);
  expect(problemsOf('postgres://h/d?sslmode=verify-ca')).toHaveLength(1);
});

test.each([
  'postgres://ada:S3cr@tPart@127.0.0.1:1/auth',
  'postgres://ada:12/S3cr@tPart@h/auth',
  'postgres://ada:12/34@127.0.0.1/auth',
  'postgres://ada:12?S3cr@tPart/auth',
  'postgres://ada:12?x=S3cr@h/d?sslmode=nonsense',
  'postgres://a@da:S3cr@h/d',
])('of a password that is not percent-encoded nothing is said: %s', (url) => {
  const problems = problemsOf(url);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(/percent-encode the password/);
  expect(problems[0]).not.toMatch(/S3cr|tPart|12|34|ada|127|auth/);
});

test('what URLs of others have is read, and refused where it cannot be kept', () => {
  const [config] = configs('postgres://h/d?sslmode=require&channel_binding=require');
  expect(config).toMatchObject({ enableChannelBinding: true, requireChannelBinding: true });
  expect(configs('postgres://h/d?sslmode=require&channel_binding=prefer')[0]).toMatchObject({
    enableChannelBinding: true,
  });
  for (const kind of ['any', 'read-write', 'primary']) {
    expect(problemsOf(`postgres://h/d?target_session_attrs=${kind}`)).toEqual([]);
  }
  for (const parameters of [
    ...['channel_binding=require', 'channel_binding=always&sslmode=require'],
    ...['target_session_attrs=standby', 'target_session_attrs=read-only'],
  ]) {
    expect(problemsOf(`postgres://h/d?${parameters}`), parameters).toHaveLength(1);
  }
});

test('of several hosts the first that answers is used', async () => {
  const url = databaseUrl(inject('postgresUrl'), 'postgres');
  const database = openPostgres(url.replace('@127.0.0.1', '@127.0.0.1:1,127.0.0.1'));
  expect(await database.db.selectNoFrom((eb) => eb.lit(1).as('one')).execute()).toEqual([
    { one: 1 },
  ]);
  await database.close();
});
