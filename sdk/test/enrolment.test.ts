import { afterAll, beforeAll, expect, test } from 'vitest';
import { shownCode } from '../../test/authenticator.ts';
import { waitingEnrolment } from '../../test/enrolment.ts';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { LatchkeyError, neededEnrolmentOf, neededFactorOf } from '../src/index.ts';
import { codeOf, createClient } from './clients.ts';

/** Signing in where a second factor has to be added first. */

let server: TestServer;
beforeAll(async () => {
  const pinned = { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 } as const;
  server = await startServer({ pinned });
});
afterAll(() => server[Symbol.asyncDispose]());

async function obliged() {
  const made = createClient(server);
  const credentials = { email: `obliged${Math.random()}@example.com`, password: goodPassword };
  const { id } = await made.client.signUp(credentials);
  return { ...made, id, credentials };
}

const wrongOf = (code: string) => (code === '000000' ? '000001' : '000000');

test('the error at the sign-in leads to an app, its recovery codes and a session', async () => {
  const { client, id, credentials } = await obliged();
  const error = await client.signIn(credentials).catch((reason: unknown) => reason);
  expect(neededFactorOf(error)).toBeUndefined();
  const needed = neededEnrolmentOf(error);
  expect(needed).toMatchObject({ methods: ['totp', 'passkey'], expiresInSeconds: 600 });
  const { flow = '' } = needed ?? {};
  const app = await client.beginEnrolment({ flow, name: 'Phone' });
  expect(app.qr_svg).toMatch(/^<svg /);
  const code = shownCode(server, app.secret);
  const wrong = client.finishEnrolment({ flow, id: app.id, code: wrongOf(code) });
  await expect(wrong).rejects.toMatchObject({ code: 'invalid_code', problem: { tries_left: 4 } });
  expect(client.session).toBeUndefined();
  const { session, recoveryCodes } = await client.finishEnrolment({ flow, id: app.id, code });
  expect(session.userId).toBe(id);
  expect(client.session).toEqual(session);
  expect(recoveryCodes).toHaveLength(10);
  expect(await client.listFactors()).toMatchObject({ authenticator_apps: [{ name: 'Phone' }] });
  // From now on it is asked for.
  await client.signOut();
  const next = await client.signIn(credentials).catch((reason: unknown) => reason);
  expect(neededEnrolmentOf(next)).toBeUndefined();
  expect(neededFactorOf(next)?.methods).toEqual(['totp', 'recovery_code']);
});

test('what an authenticator made goes where passkeys are enrolled', async () => {
  const { client, id, paths } = await obliged();
  const flow = await waitingEnrolment(server, id);
  const answer = client.finishEnrolment({ flow, credential: {}, name: 'Laptop' });
  await expect(answer).rejects.toBeInstanceOf(LatchkeyError);
  expect(paths().at(-1)).toBe('POST /api/login/enrolment/passkey/');
  expect(await codeOf(client.beginEnrolment({ flow: 'none' }))).toBe('flow_expired');
  expect(neededEnrolmentOf(new TypeError('no'))).toBeUndefined();
});

test('a device that is remembered with it is not asked again', async () => {
  const { client, credentials } = await obliged();
  const error = await client.signIn(credentials).catch((reason: unknown) => reason);
  const { flow = '', rememberForSeconds } = neededEnrolmentOf(error) ?? {};
  expect(rememberForSeconds).toBe(30 * 86_400);
  const { id, secret } = await client.beginEnrolment({ flow });
  const code = shownCode(server, secret);
  await client.finishEnrolment({ flow, id, code, remember: true });
  await client.signOut();
  expect((await client.signIn(credentials)).userId).toBe(client.session?.userId);
});
