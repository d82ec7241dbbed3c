import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  createTestDatabase,
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** Users who have to have a factor, and whose passkey is for the domain that the server had before. */

const elsewhere = 'https://elsewhere.example.org/';
const week = 7 * 86_400;

describe.each([
  { level: 2, words: 'Set up a second factor by', methods: ['totp', 'passkey'] },
  { level: 3, words: 'Set up a passkey by', methods: ['passkey'] },
] as const)('where level $level is required', ({ level, words, methods }) => {
  let stack: AsyncDisposableStack;
  let before: TestServer;
  let server: TestServer;
  let roleId: number;
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const pinned = { SECOND_FACTOR_GRACE_PERIOD: week };
    before = stack.use(await startServer({ database, pinned }));
    const times = { created_at_ms: 1, updated_at_ms: 1 };
    const { id } = await before.deps.database.db
      .insertInto('roles')
      .values({ name: 'operators', required_level: level, ...times })
      .returning('id')
      .executeTakeFirstOrThrow();
    roleId = id;
    server = stack.use(await startServer({ database, pinned, publicUrl: elsewhere }));
  });
  afterAll(() => stack.disposeAsync());

  /** A user with the role, and a passkey of before. */
  async function obliged() {
    const user = await before.signUp();
    const row = { user_id: user.id, role_id: roleId };
    await before.deps.database.db.insertInto('user_roles').values(row).execute();
    const added = await addPasskey(before, user.access_token, newAuthenticator());
    return { ...user, codes: added.body.recovery_codes as readonly string[] };
  }

  const dueAt = async (at: TestServer, token: string) =>
    (await at.send('GET', '/api/me/', { token })).body.second_factor_due_at;

  /** Sends the password, and then a factor. */
  async function signIn({ email }: SignedUp, factor: object) {
    const first = await server.send('POST', '/api/login/', {
      json: { email, password: goodPassword },
    });
    expect(first.body.code).toBe('second_factor_required');
    const json = { flow: first.body.flow, ...factor };
    return server.send('POST', '/api/login/second-factor/', { json });
  }

  test('they are told until when they have to add one, as somebody who has none is', async () => {
    const user = await obliged();
    const { body } = await signIn(user, { recovery_code: user.codes[0] });
    expect(await dueAt(server, body.access_token)).toMatch(/^\d{4}-/);
    expect(await dueAt(before, body.access_token)).toBeUndefined();
    const browser = createVisitor(server);
    await browser.submit('/account/sign-in/', { email: user.email, password: goodPassword });
    await browser.submit('/account/sign-in/second-factor/', { recovery_code: user.codes[1] ?? '' });
    for (const page of ['/account/', '/account/security/']) {
      expect(textOf(await browser.get(page))).toContain(words);
    }
    expect(textOf(await browser.get('/account/security/'))).toContain('Only for another domain');
    const json = { credential: await newCredential(server, body.access_token) };
    await server.send('POST', '/api/me/passkeys/', { token: body.access_token, json });
    expect(await dueAt(server, body.access_token)).toBeUndefined();
    expect(textOf(await browser.get('/account/'))).not.toContain('Set up a');
  });

  test('after that a recovery code opens enrolment alone', async () => {
    const user = await obliged();
    expect((await signIn(user, { recovery_code: user.codes[0] })).status).toBe(200);
    server.clock.advance((week + 60) * 1000);
    const due = await signIn(user, { recovery_code: user.codes[1] });
    expect(due.body).toMatchObject({ code: 'second_factor_enrolment_required', methods });
    const { flow } = due.body;
    const path = '/api/login/enrolment/passkey/';
    const asked = await server.send('POST', `${path}options/`, { json: { flow } });
    const credential = newAuthenticator().create(asked.body, new URL(elsewhere).origin);
    const done = await server.send('POST', path, { json: { flow, credential } });
    expect(done.status, done.text).toBe(200);
    expect(await dueAt(server, done.body.access_token)).toBeUndefined();
    // The code was spent: with a passkey of here it is asked for.
    const spent = await signIn(user, { recovery_code: user.codes[1] });
    expect(spent.body.code).toBe('invalid_code');
  });

  test('an app that works here is enough where a passkey is not required', async () => {
    const user = await obliged();
    const app = await addApp(before, user);
    expect((await signIn(user, { code: shownCode(server, app.secret) })).status).toBe(200);
    server.clock.advance((week + 60) * 1000);
    const answer = await signIn(user, { recovery_code: user.codes[0] });
    expect(answer.body.code).toBe(level === 2 ? undefined : 'second_factor_enrolment_required');
    if (level === 2) expect(await dueAt(server, answer.body.access_token)).toBeUndefined();
  });
});

async function newCredential(server: TestServer, token: string) {
  const asked = await server.send('POST', '/api/me/passkeys/options/', { token });
  return newAuthenticator().create(asked.body, new URL(elsewhere).origin);
}
