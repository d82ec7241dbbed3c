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
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** A server that was moved to another domain, or to an IP: it cannot check the passkeys of before, and asks for none. */

const what = ['app and passkey', 'passkey', 'passkey, and no recovery code'] as const;
type What = (typeof what)[number];
const usable: Readonly<Record<What, readonly string[]>> = {
  'app and passkey': ['totp', 'recovery_code'],
  passkey: ['recovery_code'],
  'passkey, and no recovery code': [],
};

describe.each(['https://192.0.2.1/', 'https://elsewhere.example.org/'])('at %s', (publicUrl) => {
  let stack: AsyncDisposableStack;
  let server: TestServer;
  const users = new Map<What, SignedUp & { secret?: string }>();
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const before = stack.use(await startServer({ database }));
    for (const has of what) {
      const user = await before.signUp();
      const app = has.startsWith('app') ? await addApp(before, user) : undefined;
      await addPasskey(before, user.access_token, newAuthenticator());
      users.set(has, { ...user, ...(app && { secret: app.secret }) });
    }
    const { db } = before.deps.database;
    await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute();
    const { id } = userWith('passkey, and no recovery code');
    await db.deleteFrom('recovery_codes').where('user_id', '=', id).execute();
    server = stack.use(await startServer({ database, publicUrl }));
    server.clock.advance(60_000); // a code of now was not used
  });
  afterAll(() => stack.disposeAsync());

  function userWith(has: What): SignedUp & { secret?: string } {
    const user = users.get(has);
    if (!user) throw new Error(`Nobody has ${has}.`);
    return user;
  }

  /** The error names what can be checked; where nothing can, it says what the administrator has to do. */
  function expectMethods(body: { methods?: unknown; error?: unknown }, has: What): void {
    expect(body.methods).toEqual(usable[has]);
    const text = 'LATCHKEY_PASSKEY_RP_ID';
    expect(String(body.error).includes(text)).toBe(usable[has].length === 0);
  }

  test.each(what)('the sign-in of a user with %s names what can be checked', async (has) => {
    const { email, secret } = userWith(has);
    const json = { email, password: goodPassword };
    const { body } = await server.send('POST', '/api/login/', { json });
    expect(body.code).toBe('second_factor_required');
    expectMethods(body, has);
    if (secret === undefined) return;
    const shown = { flow: body.flow, code: shownCode(server, secret) };
    const done = await server.send('POST', '/api/login/second-factor/', { json: shown });
    expect(done.status).toBe(200);
  });

  test.each(what)('the reset of a user with %s names the same', async (has) => {
    const { email } = userWith(has);
    const json = { ...(await mailedCode(server, email)), password: goodPassword };
    const { body } = await server.send('POST', '/api/password-reset/confirm/', { json });
    expect(body.code).toBe('second_factor_required');
    expectMethods(body, has);
  });

  test.each(what)('the pages show a user with %s what can be checked', async (has) => {
    const { email } = userWith(has);
    const step = createVisitor(server);
    const second = await step.submit('/account/sign-in/', { email, password: goodPassword });
    expect([second.status, second.path]).toEqual([200, '/account/sign-in/second-factor/']);
    const browser = createVisitor(server);
    const { path } = await browser.submit('/account/forgot/', { email });
    const { code } = await mailTo(server, email);
    const reset = await browser.post(path, { code });
    expect(reset.status).toBe(200);
    const isNone = usable[has].length === 0;
    for (const page of [second, reset]) {
      expect(page.text).not.toContain('data-passkey="');
      expect(textOf(page).includes('cannot check your passkeys any more')).toBe(isNone);
    }
    expect(second.text.includes('name="code"')).toBe(usable[has].includes('totp'));
    expect(reset.text.includes('name="factor_code"')).toBe(usable[has].includes('totp'));
    expect(reset.text.includes('name="recovery_code"')).toBe(!isNone);
  });
});
