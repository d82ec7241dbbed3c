import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownCode } from '../../test/authenticator.ts';
import { startServer, type TestServer } from '../../test/harness.ts';
import { LatchkeyError, neededFactorOf } from '../src/index.ts';
import { codeOf, signedIn } from './clients.ts';

/** What users do with authenticator apps and recovery codes. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('an app is added, listed, renamed and removed', async () => {
  const { client } = await signedIn(server);
  const app = await client.addAuthenticatorApp('Phone');
  expect(app.qr_svg).toMatch(/^<svg /);
  expect(await codeOf(client.confirmAuthenticatorApp(app.id, { code: '1' }))).toBe('invalid_code');
  const code = shownCode(server, app.secret);
  const codes = await client.confirmAuthenticatorApp(app.id, { code, endOtherSessions: true });
  expect(codes).toHaveLength(10);
  await client.renameAuthenticatorApp(app.id, 'Old phone');
  expect(await client.listFactors()).toMatchObject({
    authenticator_apps: [{ id: app.id, name: 'Old phone' }],
    recovery_codes_left: 10,
  });
  expect(await client.replaceRecoveryCodes()).toHaveLength(10);
  await client.removeAuthenticatorApp(app.id, { endOtherSessions: false });
  expect(await client.listFactors()).toMatchObject({
    authenticator_apps: [],
    recovery_codes_left: 0,
  });
  expect(await codeOf(client.removeAuthenticatorApp(app.id))).toBe('not_found');
  expect(await codeOf(client.replaceRecoveryCodes())).toBe('no_factor');
});

test('a sign-in says what it waits for, and goes on with a code or a recovery code', async () => {
  const { client, credentials } = await signedIn(server);
  const app = await client.addAuthenticatorApp();
  const [recoveryCode = ''] = await client.confirmAuthenticatorApp(app.id, {
    code: shownCode(server, app.secret, -1),
  });
  await client.signOut();
  for (const factor of [
    { code: shownCode(server, app.secret) },
    { recovery_code: recoveryCode.toLowerCase() },
  ]) {
    const error = await client.signIn(credentials).catch((reason: unknown) => reason);
    const needed = neededFactorOf(error);
    expect(needed).toEqual({
      ...{ flow: expect.any(String), expiresInSeconds: 600, rememberForSeconds: 2_592_000 },
      methods: ['totp', 'recovery_code'],
    });
    expect(error).toMatchObject({ fields: {} });
    expect(client.session).toBeUndefined();
    await client.finishSignIn({ flow: needed?.flow ?? '', ...factor });
    expect(client.session).toBeDefined();
    await client.signOut();
  }
  expect(neededFactorOf(new LatchkeyError('invalid_credentials', 'No.'))).toBeUndefined();
  expect(neededFactorOf(new TypeError('no'))).toBeUndefined();
});
