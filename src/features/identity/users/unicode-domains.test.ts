import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { up } from '../../../db/migrations/0065-unicode-domains.ts';

/** A domain has two spellings: the one that people type, and the one that browsers send for it. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { access_token: token } = await server.signUpAdmin('superuser');
const spellings = [
  'müller.example',
  'xn--mller-kva.example',
  'MÜLLER.example',
  'XN--MLLER-KVA.example',
];
const register = (email: string) =>
  server.send('POST', '/api/register/', { json: { email, password: goodPassword } });

describe.each(spellings)('an account of %s', (domain) => {
  const name = `chef${spellings.indexOf(domain)}`;

  test('is one in every spelling', async () => {
    const made = await register(`${name}@${domain}`);
    expect([made.status, made.body.email]).toEqual([201, `${name}@${domain.toLowerCase()}`]);
    for (const other of spellings) {
      const email = `${name}@${other}`;
      const json = { email, password: goodPassword };
      expect((await server.send('POST', '/api/login/', { json })).status).toBe(200);
      expect((await register(email)).body.email).toEqual([
        'user with this email address already exists.',
      ]);
      const search = `/api/admin/users/?search=${encodeURIComponent(email)}`;
      const found = await server.send('GET', search, { token });
      expect(found.body.items.map((user: { id: number }) => user.id)).toEqual([made.body.id]);
    }
  });
});

/** IDNA drops these letters, so that mail to the domain goes to `example.com`. */
const invisible = ['\u00ad', '\u034f', '\u180b', '\u200b', '\u200c', '\u200d', '\u2060', '\ufe0f'];

test.each(invisible)(
  'no account is made beside another by an invisible letter, such as %j',
  async (letter) => {
    const name = `seen${invisible.indexOf(letter)}`;
    const made = await register(`${name}@example.com`);
    const alike = `${name}@exam${letter}ple.com`;
    expect((await register(alike)).body.email).toEqual([
      'user with this email address already exists.',
    ]);
    const json = { email: alike, password: goodPassword };
    expect((await server.send('POST', '/api/login/', { json })).status).toBe(200);
    const { access_token: own } = await server.signUp();
    for (const change of [
      server.send('PATCH', '/api/me/', { json: { email: alike }, token: own }),
      server.send('PATCH', '/api/admin/users/1/', { json: { email: alike }, token }),
    ]) {
      expect((await change).body.email).toBeInstanceOf(Array);
    }
    const found = await server.send(
      'GET',
      `/api/admin/users/?search=${encodeURIComponent(alike)}`,
      {
        token,
      },
    );
    expect(found.body.items.map((user: { id: number }) => user.id)).toEqual([made.body.id]);
  },
);

describe('the migration of accounts that were made before', () => {
  const { db } = server.deps.database;
  const add = (email: string) =>
    db
      .insertInto('users')
      .values({ email, email_normalized: email, created_at_ms: 0, updated_at_ms: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
  const normalizedOf = async (id: number) =>
    (await db.selectFrom('users').select('email_normalized').where('id', '=', id).execute())[0]
      ?.email_normalized;

  test('finds them by either spelling, and reports two that are one', async () => {
    const { id } = await add('old@xn--bcher-kva.example');
    const { id: odd } = await add('old@xn--99999999.example');
    await up(db as never);
    expect(await normalizedOf(id)).toBe('old@bücher.example');
    expect(await normalizedOf(odd)).toBe('old@xn--99999999.example');

    const { id: second } = await add('old@xn--bcher-kva.example');
    await expect(up(db as never)).rejects.toThrow(`${id} and ${second}`);
    await db.deleteFrom('users').where('id', '=', second).execute();

    const { id: plain } = await add('twin@example.org');
    const { id: twin } = await add('twin@exam\u00adple.org');
    await expect(up(db as never)).rejects.toThrow(`${plain} and ${twin}`);
    await db.deleteFrom('users').where('id', '=', twin).execute();
  });
});
