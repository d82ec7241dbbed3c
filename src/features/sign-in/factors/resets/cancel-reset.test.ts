import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../../test/authenticator.ts';
import {
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator, signInWithPasskey } from '../../../../../test/webauthn.ts';

/** Who uses a factor, or adds one, has not lost them: a reset that waits is cancelled, and they are told. */

let server: TestServer;
let admin: SignedUp;
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false } });
  admin = await server.signUpAdmin('superuser');
});
afterAll(() => server[Symbol.asyncDispose]());

/** Somebody with factors, for whom an administrator was asked for a reset. */
async function addPerson() {
  const user = await server.signUp();
  const app = await addApp(server, user);
  const passkey = newAuthenticator();
  await addPasskey(server, user.access_token, passkey);
  const { db } = server.deps.database;
  await db
    .updateTable('users')
    .set({ email_verified_at_ms: 1 })
    .where('id', '=', user.id)
    .execute();
  const path = `/api/admin/users/${user.id}/factors/reset/`;
  const json = { reason: 'lost their phone' };
  const asked = await server.send('POST', path, { token: admin.access_token, json });
  expect(asked.body.reset).not.toBeNull();
  return { ...user, app, passkey, code: () => shownCode(server, app.secret) };
}

type Person = Awaited<ReturnType<typeof addPerson>>;

const post = (path: string, json: object, token?: string) =>
  server.send('POST', path, { json, ...(token && { token }) });

async function secondFactor({ email }: Person, proof: object) {
  const { body } = await post('/api/login/', { email, password: goodPassword });
  expect(body.code).toBe('second_factor_required');
  return post('/api/login/second-factor/', { flow: body.flow, ...proof });
}

const resetsOf = ({ id }: Person) =>
  server.deps.database.db
    .selectFrom('factor_resets')
    .select('id')
    .where('user_id', '=', id)
    .execute();

const cancellationsOf = async ({ id }: Person) =>
  (
    await server.deps.database.db
      .selectFrom('audit_events')
      .select(['details', 'actor_kind', 'actor_id'])
      .where('user_id', '=', id)
      .where('kind', '=', 'factors.reset_cancelled')
      .execute()
  ).map(({ details, actor_kind, actor_id }) => [actor_kind, actor_id, JSON.parse(details)]);

const noticesOf = async ({ email }: Person) =>
  server.deps.database.db
    .selectFrom('outbox')
    .select('id')
    .where('email', '=', email)
    .where('kind', '=', 'factors_reset_cancelled')
    .execute();

const uses: Readonly<Record<string, (person: Person) => Promise<{ status: number }>>> = {
  'a code at sign-in': (person) => secondFactor(person, { code: person.code() }),
  'a recovery code at sign-in': (person) =>
    secondFactor(person, { recovery_code: person.app.recoveryCodes[0] }),
  'a passkey at sign-in': ({ passkey }) => signInWithPasskey(server, passkey),
  'a code at step-up': ({ access_token, ...person }) =>
    post('/api/me/reauthenticate/', { code: person.code() }, access_token),
  async 'a passkey at step-up'({ access_token, passkey }) {
    const asked = await post('/api/me/reauthenticate/options/', {}, access_token);
    return post('/api/me/reauthenticate/', { credential: passkey.get(asked.body) }, access_token);
  },
  async 'a code at the reset of the password'(person) {
    const { flow, code } = await mailedCode(server, person.email);
    const json = { flow, code, password: goodPassword, second_factor: { code: person.code() } };
    return post('/api/password-reset/confirm/', json);
  },
};

test.each(Object.entries(uses))('%s cancels it', async (_name, use) => {
  const person = await addPerson();
  expect((await use(person)).status).toBe(200);
  expect(await resetsOf(person)).toEqual([]);
  expect(await cancellationsOf(person)).toEqual([['user', person.id, { why: 'factor_used' }]]);
  expect(await noticesOf(person)).toHaveLength(1);
});

test.each(['totp', 'passkey'])('a new %s cancels it', async (kind) => {
  const person = await addPerson();
  if (kind === 'totp') await addApp(server, person);
  else await addPasskey(server, person.access_token, newAuthenticator());
  expect(await resetsOf(person)).toEqual([]);
  expect(await cancellationsOf(person)).toEqual([['user', person.id, { why: 'factor_added' }]]);
  expect(await noticesOf(person)).toHaveLength(1);
});

test('another factor than those of the user cancels nothing', async () => {
  const person = await addPerson();
  const wrong = String((Number(person.code()) + 1) % 1_000_000).padStart(6, '0');
  expect((await secondFactor(person, { code: wrong })).status).toBe(400);
  const other = await addPerson();
  expect((await secondFactor(other, { code: other.code() })).status).toBe(200);
  expect(await resetsOf(person)).toHaveLength(1);
  expect([await cancellationsOf(person), await noticesOf(person)]).toEqual([[], []]);
});

test('the mail says what has cancelled it', async () => {
  const person = await addPerson();
  await secondFactor(person, { code: person.code() });
  expect((await mailTo(server, person.email)).text).toContain(
    'Cancelled by: a factor or a recovery code of your account, which was used',
  );
});

test('whose factor was stolen can report it, and the password is useless to the thief', async () => {
  const person = await addPerson();
  await secondFactor(person, { code: person.code() });
  const { text, code } = await mailTo(server, person.email);
  const token = /not-me\/\?token=(\S+)/.exec(text)?.[1] ?? '';
  expect(text).toContain('reset your factors at once');
  expect((await post('/api/not-me/', { token, code })).status).toBe(200);
  const login = { email: person.email, password: goodPassword };
  expect((await post('/api/login/', login)).body.code).toBe('invalid_credentials');
});
