import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../../../../test/harness.ts';
import { flag, newSecurityKey } from '../../../../../test/security-key.ts';
import {
  addPasskey,
  movePasskeysToFormerDomain,
  newAuthenticator,
} from '../../../../../test/webauthn.ts';

/** Passkeys as second factor. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { RATE_LIMITS_ENABLED: false } });
});
afterAll(() => server[Symbol.asyncDispose]());

const rows = () => server.deps.database.db;
const post = (path: string, json: object) => server.send('POST', path, { json });
const login = async (email: string) =>
  (await post('/api/login/', { email, password: goodPassword })).body;
const ask = async (flow: string) =>
  (await post('/api/login/second-factor/options/', { flow })).body;
const finish = (flow: string, credential: unknown) =>
  post('/api/login/second-factor/', { flow, credential });

async function newKeyOwner(flags = flag.present) {
  const user = await server.signUp();
  const key = newSecurityKey({ flags });
  const { body } = await addPasskey(server, user.access_token, key);
  return { ...user, key, passkeyId: body.id as number };
}

test('a key without user verification is a second factor of level 2', async () => {
  const { email, key, passkeyId } = await newKeyOwner();
  const { flow } = await login(email);
  const { public_key } = await ask(flow);
  expect(public_key).toMatchObject({
    rpId: 'localhost',
    userVerification: 'preferred',
    allowCredentials: [{ id: key.id, type: 'public-key', transports: ['usb'] }],
  });
  const done = await finish(flow, key.get({ public_key }));
  expect(decodeJwt(done.body.access_token)).toMatchObject({
    ...{ acr: 'aal2', amr: ['pwd', 'pop', 'hwk', 'mfa'] },
  });
  const { last_used_at_ms } = await rows()
    .selectFrom('passkeys')
    .select('last_used_at_ms')
    .where('id', '=', passkeyId)
    .executeTakeFirstOrThrow();
  expect(last_used_at_ms).not.toBeNull();
});

test('an authenticator that keeps no user handle is as good here', async () => {
  const { email, key } = await newKeyOwner();
  const { flow } = await login(email);
  const credential = key.get(await ask(flow));
  const response = { ...credential.response, userHandle: null };
  expect((await finish(flow, { ...credential, response })).status).toBe(200);
});

test('of 64 uses of one answer at once, one signs in', async () => {
  const { email, key } = await newKeyOwner();
  const { flow } = await login(email);
  const credential = key.get(await ask(flow));
  const answers = await Promise.all(Array.from({ length: 64 }, () => finish(flow, credential)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
});

test('the passkey of somebody else is refused, and their device keeps it', async () => {
  const owner = await newKeyOwner();
  const other = await newKeyOwner();
  const { flow } = await login(owner.email);
  const answer = await finish(flow, other.key.get(await ask(flow)));
  expect(answer.body).toMatchObject({ code: 'invalid_passkey', reason: 'unknown', tries_left: 4 });
  expect(answer.body.signal_unknown).toBeUndefined();
});

test('a passkey that was removed meanwhile is refused, and nothing says that it is gone for good', async () => {
  const { email, key, passkeyId, access_token: token } = await newKeyOwner();
  await addPasskey(server, token, newAuthenticator());
  const { flow } = await login(email);
  const credential = key.get(await ask(flow));
  await server.send('DELETE', `/api/me/passkeys/${passkeyId}/`, { token, json: {} });
  const answer = await finish(flow, credential);
  expect(answer.body.access_token).toBeUndefined();
  expect(answer.body.signal_unknown).toBeUndefined();
});

test('a copy that counts less is refused and recorded', async () => {
  const { email, key, id } = await newKeyOwner();
  for (const [counter, status] of [
    [5, 200],
    [2, 400],
    [6, 200],
  ] as const) {
    key.state.counter = counter;
    const { flow } = await login(email);
    const answer = await finish(flow, key.get(await ask(flow)));
    expect([counter, answer.status]).toEqual([counter, status]);
  }
  await eventually(async () => {
    const events = await rows()
      .selectFrom('audit_events')
      .select('kind')
      .where('user_id', '=', id)
      .where('kind', 'in', ['passkey.counter_regressed', 'factor.failed'])
      .execute();
    expect(events.map(({ kind }) => kind).sort()).toEqual([
      'factor.failed',
      'passkey.counter_regressed',
    ]);
  });
});

test('a passkey for an RP ID of before is not asked for, and does not sign in', async () => {
  const { id, email, key } = await newKeyOwner(flag.present | flag.verified);
  await movePasskeysToFormerDomain(server, id);
  const { flow } = await login(email);
  const asked = await ask(flow);
  expect(asked.public_key.allowCredentials).toEqual([]);
  const answer = await finish(flow, key.get(asked));
  expect(answer.body).toMatchObject({ code: 'invalid_passkey', reason: 'wrong_site' });
});
