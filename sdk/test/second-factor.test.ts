import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../../test/authenticator.ts';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { LatchkeyError } from '../src/index.ts';
import { codeOf, createClient } from './clients.ts';

/** Signing in to an account with a second factor. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

test('a sign-in that waits is finished with a code, which keeps the session', async () => {
  const user = await server.signUp();
  const { secret } = await addApp(server, user);
  const { client, paths } = createClient(server);
  const credentials = { email: user.email, password: goodPassword };
  const waiting = await client.signIn(credentials).catch((error: unknown) => error);
  if (!(waiting instanceof LatchkeyError)) throw waiting;
  expect(waiting).toMatchObject({
    code: 'second_factor_required',
    problem: { methods: ['totp', 'recovery_code'] },
  });
  expect(client.session).toBeUndefined();
  const { flow = '' } = waiting.problem as { flow?: string };
  const code = shownCode(server, secret);
  const wrong = code === '000000' ? '000001' : '000000';
  const refused = client.finishSignIn({ flow, code: wrong });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_code', problem: { tries_left: 4 } });
  const session = await client.finishSignIn({ flow, code });
  expect(client.session).toEqual(session);
  expect(session.userId).toBe(user.id);
  expect(await client.readProfile()).toMatchObject({ id: user.id });
  expect(await codeOf(client.finishSignIn({ flow, code }))).toBe('flow_expired');
  expect(client.session).toEqual(session);
  expect(paths().slice(0, 3)).toEqual([
    'POST /api/login/',
    'POST /api/login/second-factor/',
    'POST /api/login/second-factor/',
  ]);
});

test('what a passkey answered goes where passkeys are taken', async () => {
  const { client, paths } = createClient(server);
  await expect(client.signInWithPasskey({ credential: {} })).rejects.toBeInstanceOf(LatchkeyError);
  expect(paths()).toEqual(['POST /api/login/passkey/']);
  expect(client.session).toBeUndefined();
});
