import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitingEnrolment } from '../../../../test/enrolment.ts';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { flag, newSecurityKey } from '../../../../test/security-key.ts';
import { newAuthenticator, signInWithPasskey } from '../../../../test/webauthn.ts';

/** Users who have to have a second factor add a passkey, and sign in with it. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { SECOND_FACTOR_POLICY: 'required' } });
});
afterAll(() => server[Symbol.asyncDispose]());

const begin = async (flow: string) =>
  server.send('POST', '/api/login/enrolment/passkey/options/', { json: { flow } });
const finish = (flow: string, credential: unknown, name?: string) =>
  server.send('POST', '/api/login/enrolment/passkey/', { json: { flow, credential, name } });

async function newFlow() {
  const user = await server.signUp();
  return { ...user, flow: await waitingEnrolment(server, user.id) };
}
const passkeysOf = (userId: number) =>
  server.deps.database.db
    .selectFrom('passkeys')
    .select('name')
    .where('user_id', '=', userId)
    .execute();

test('a passkey that is added signs in, and comes with recovery codes', async () => {
  const { id, flow } = await newFlow();
  const authenticator = newAuthenticator();
  const asked = await begin(flow);
  expect(asked.body.public_key.authenticatorSelection.userVerification).toBe('preferred');
  const done = await finish(flow, authenticator.create(asked.body), 'Laptop');
  expect(done.status, done.text).toBe(200);
  expect(done.body.recovery_codes).toHaveLength(10);
  expect(decodeJwt(done.body.access_token)).toMatchObject({
    ...{ user_id: id, acr: 'phr', amr: ['pwd', 'pop', 'user', 'swk', 'mfa'] },
  });
  expect(await passkeysOf(id)).toEqual([{ name: 'Laptop' }]);
  expect((await signInWithPasskey(server, authenticator)).status).toBe(200);
  expect((await finish(flow, authenticator.create(asked.body))).body.code).toBe('flow_expired');
});

test('of 64 answers at once, one adds the passkey and signs in', async () => {
  const { id, flow } = await newFlow();
  const credential = newAuthenticator().create((await begin(flow)).body);
  const answers = await Promise.all(Array.from({ length: 64 }, () => finish(flow, credential)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
  expect(await passkeysOf(id)).toHaveLength(1);
});

test('a flow takes five tries, and adds nothing', async () => {
  const { id, flow } = await newFlow();
  const other = await newFlow();
  const foreign = newAuthenticator().create((await begin(other.flow)).body);
  const tries = [];
  for (let n = 0; n < 5; n += 1) {
    const { body } = await finish(flow, foreign);
    tries.push([body.code, body.reason, body.tries_left]);
  }
  expect(tries).toEqual([
    ...[4, 3, 2, 1].map((left) => ['invalid_passkey', 'other_request', left]),
    ['flow_expired', undefined, undefined],
  ]);
  expect(await passkeysOf(id)).toEqual([]);
  expect((await begin('x')).body.code).toBe('flow_expired');
});

test('where a passkey is asked for, it has to verify its user', async () => {
  const { id, flow } = await newFlow();
  const { db } = server.deps.database;
  const { id: roleId } = await db
    .insertInto('roles')
    .values({ name: `strict ${id}`, created_at_ms: 0, updated_at_ms: 0, required_level: 3 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('user_roles').values({ user_id: id, role_id: roleId }).execute();
  const asked = await begin(flow);
  expect(asked.body.public_key.authenticatorSelection.userVerification).toBe('required');
  const key = newSecurityKey({ flags: flag.present });
  expect((await finish(flow, key.create(asked.body))).body).toMatchObject({
    ...{ code: 'invalid_passkey', reason: 'not_verified', tries_left: 4 },
  });
  expect(await passkeysOf(id)).toEqual([]);
  key.state.flags |= flag.verified;
  const done = await finish(flow, key.create(asked.body));
  expect(decodeJwt(done.body.access_token)).toMatchObject({ acr: 'phr' });
});
