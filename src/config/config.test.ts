import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { type ConfigError, ensureDataDir, readConfig } from './config.ts';

test('a flag that says nothing is refused, and a variable that says nothing is none', () => {
  const flags = { data: '', database: ' ', to: '', host: '', metricsHost: '' };
  const problems = Object.keys(flags).map((name) => {
    try {
      readConfig({ [name]: flags[name as keyof typeof flags] }, {});
    } catch (error) {
      return (error as ConfigError).problems;
    }
    return [];
  });
  const said = (label: string) => [`${label}: it is empty. Give a value, or leave it out.`];
  expect(problems).toEqual([
    said('--data / LATCHKEY_DATA_DIR'),
    said('--database / LATCHKEY_DATABASE_URL'),
    said('--to / LATCHKEY_MOVE_TO'),
    said('--host / LATCHKEY_HOST'),
    said('--metrics-host / LATCHKEY_METRICS_HOST'),
  ]);
  expect(readConfig({ corsOrigins: '' }, { LATCHKEY_HOST: '' }).host).toBe('127.0.0.1');
});

test('the public URL has a slash at its end, and nothing that a link cannot begin with', () => {
  const read = (publicUrl: string) => readConfig({ publicUrl }, {}).publicUrl;
  expect(read('https://auth.example.com')).toBe('https://auth.example.com/');
  expect(read('https://Example.com:443/auth')).toBe('https://example.com/auth/');
  expect(read('http://localhost:8000/auth/')).toBe('http://localhost:8000/auth/');
  for (const url of [
    ...['auth.example.com', '/auth/', 'ftp://example.com/', 'https://', 'https://a b/'],
    ...['https://user@example.com/', 'https://u:p@example.com/', 'https://example.com/?x=1'],
    ...[
      'https://example.com/#x',
      'https://example.com/;x',
      `https://example.com/${'x'.repeat(300)}`,
    ],
  ]) {
    expect(() => read(url), url).toThrow(/LATCHKEY_PUBLIC_URL: /);
  }
});

test('headers for other origins are names of headers', () => {
  expect(readConfig({ corsHeaders: 'sentry-trace, baggage' }, {}).corsHeaders).toEqual([
    'sentry-trace',
    'baggage',
  ]);
  for (const corsHeaders of ['*:', 'a b', 'x\r\ny']) {
    expect(() => readConfig({ corsHeaders }, {})).toThrow(/LATCHKEY_CORS_HEADERS: /);
  }
});

test('passkeys are for a domain, and for origins as browsers and Android name them', () => {
  const hash = 'x'.repeat(43);
  const env = {
    LATCHKEY_PUBLIC_URL: 'https://auth.example.com',
    LATCHKEY_PASSKEY_RP_ID: 'example.com',
    LATCHKEY_PASSKEY_ORIGINS: `https://app.example.com, android:apk-key-hash:${hash}`,
    LATCHKEY_PASSKEY_FORMER_RP_IDS: 'old.example.com',
  };
  expect(readConfig({}, env)).toMatchObject({
    relyingParty: {
      id: 'example.com',
      origins: [
        'https://auth.example.com',
        'https://app.example.com',
        `android:apk-key-hash:${hash}`,
      ],
    },
    ...{ passkeyRpId: 'example.com', formerRpIds: ['old.example.com'] },
  });
  for (const [name, value] of [
    ['LATCHKEY_PASSKEY_RP_ID', 'https://example.com'],
    ['LATCHKEY_PASSKEY_RP_ID', '192.0.2.1'],
    ['LATCHKEY_PASSKEY_FORMER_RP_IDS', 'a.example.com,*'],
    ['LATCHKEY_PASSKEY_ORIGINS', 'app.example.com'],
    ['LATCHKEY_PASSKEY_ORIGINS', 'https://app.example.com/path'],
    ['LATCHKEY_PASSKEY_ORIGINS', 'android:apk-key-hash:short'],
  ] as const) {
    expect(() => readConfig({}, { ...env, [name]: value }), value).toThrow(`${name}: `);
  }
});

test('a secret is what stands between white space, wherever it stands', () => {
  const secret = 'a secret, with what separates others, in it';
  const other = 'x'.repeat(40);
  const read = (LATCHKEY_SECRET_KEY: string, LATCHKEY_SECRET_KEY_FALLBACKS = '') => {
    const config = readConfig({}, { LATCHKEY_SECRET_KEY, LATCHKEY_SECRET_KEY_FALLBACKS });
    return [config.secretKey, ...config.secretKeyFallbacks];
  };
  expect(read(`${other}\n`)).toEqual([other]);
  expect(read(` ${secret}\r\n`, `\n${other}\n`)).toEqual([secret, other]);
  expect(read(other, `"${secret}",${other} "${secret}"\n`)).toEqual([
    ...[other, secret, other, secret],
  ]);
  expect(() => read(other, secret)).toThrow(/number 1 .*double quotes/);
  expect(() => read(' \n')).toThrow(/LATCHKEY_SECRET_KEY: shorter/);
});

test('the data folder is made with those above it, for its owner alone, or it is said why not', () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'some/where/data');
  ensureDataDir(data);
  ensureDataDir(data);
  for (const path of [data, join(data, '..')]) expect(statSync(path).mode & 0o777).toBe(0o700);
  writeFileSync(join(data, 'file'), '');
  for (const path of ['file', 'file/deeper']) {
    expect(() => ensureDataDir(join(data, path))).toThrow(/: cannot make .*file.*Name a folder/);
  }
});

test.runIf(process.platform === 'linux')('a place that can have no folder ends the start', () => {
  for (const path of ['/proc/latchkey', '/proc/latchkey/data']) {
    expect(() => ensureDataDir(path)).toThrow(/: cannot make \/proc\/latchkey.* \(ENOENT: /);
  }
});

test('mail comes back to an email that each mail can put something into', () => {
  const read = (LATCHKEY_MAIL_BOUNCES: string) => readConfig({}, { LATCHKEY_MAIL_BOUNCES });
  expect(() => read('bounces@example.com')).not.toThrow();
  for (const text of [
    'bounces',
    'Us <b@example.com>',
    'a+b@example.com',
    `${'b'.repeat(31)}@x.example`,
  ]) {
    expect(() => read(text), text).toThrow(/LATCHKEY_MAIL_BOUNCES: /);
  }
});
