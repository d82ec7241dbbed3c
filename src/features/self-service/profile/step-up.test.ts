import { decodeJwt } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { flag, newSecurityKey } from '../../../../test/security-key.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** Recent authentication of users who have a second factor. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const prove = ({ access_token: token }: SignedUp, json: object) =>
  server.send('POST', '/api/me/reauthenticate/', { token, json });
const takesRecent = async ({ access_token: token }: SignedUp) =>
  (await server.send('GET', '/api/me/export/', { token })).body.code ?? 'done';
const insufficient = 'insufficient_user_authentication';

/** As if they had signed in long ago, with the password alone. */
async function goStale({ id }: SignedUp): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms: 1, factor_at_ms: null, auth_level: 1, amr: 'pwd' })
    .where('user_id', '=', id)
    .execute();
}

async function withApp() {
  const user = await server.signUp();
  const { secret, recoveryCodes } = await addApp(server, user);
  await goStale(user);
  server.clock.advance(60_000); // the code of the adding is spent
  const { body } = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: user.refresh_token },
  });
  return { ...user, ...body, secret, recoveryCodes };
}

test('a code is enough, and makes the session as strong as that; it is spent by it', async () => {
  const user = await withApp();
  expect(await takesRecent(user)).toBe(insufficient);
  const code = shownCode(server, user.secret);
  expect((await prove(user, { code })).status).toBe(200);
  expect(await takesRecent(user)).toBe('done');
  const again = await prove(user, { code });
  expect([again.status, again.body.code]).toEqual([400, 'invalid_code']);
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: user.refresh_token },
  });
  const claims = decodeJwt(refreshed.body.access_token);
  expect(claims).toMatchObject({ acr: 'aal2', amr: ['pwd', 'otp', 'mfa'] });
  expect(claims.auth_time).toBeGreaterThan(1);
});

test('the password alone is not enough, nor a recovery code, nor a wrong code', async () => {
  const user = await withApp();
  const [recovery_code] = user.recoveryCodes;
  const answers = [];
  for (const json of [
    { password: goodPassword },
    { recovery_code },
    { code: '000000' },
    { code: shownCode(server, user.secret), password: 'wrong' },
    {},
  ]) {
    const { status, body } = await prove(user, json);
    const { password, recovery_code: recovery, non_field_errors: none } = body;
    answers.push([status, body.code, password ?? recovery ?? none ?? null]);
  }
  expect(answers).toEqual([
    [400, 'invalid_fields', ['You have a second factor: send a code or a credential.']],
    [400, 'invalid_fields', ['Recovery codes are for signing in alone.']],
    [400, 'invalid_code', null],
    [400, 'invalid_fields', ['The password is not correct.']],
    [400, 'invalid_fields', ['You have a second factor: send a code or a credential.']],
  ]);
  expect(await takesRecent(user)).toBe(insufficient);
  const left = await db
    .selectFrom('recovery_codes')
    .select('number')
    .where('user_id', '=', user.id)
    .execute();
  expect(left).toHaveLength(10);
});

test('of 16 at once with one code one proves it', async () => {
  const user = await withApp();
  const code = shownCode(server, user.secret);
  const answers = await Promise.all(Array.from({ length: 16 }, () => prove(user, { code })));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('a passkey proves it, for the session that asked, and makes it the strongest', async () => {
  const user = await server.signUp();
  const other = await server.signUp();
  const device = newAuthenticator();
  await addPasskey(server, user.access_token, device);
  await addPasskey(server, other.access_token, newAuthenticator());
  await goStale(user);
  const refused = await server.send('GET', '/api/me/export/', { token: user.access_token });
  expect(refused.body).toMatchObject({ code: insufficient, acr_values: 'phr aal2' });
  const optionsFor = async ({ access_token: token }: SignedUp) =>
    (await server.send('POST', '/api/me/reauthenticate/options/', { token })).body;
  const foreign = device.get({
    public_key: { ...(await optionsFor(user)).public_key, ...challengeOf(await optionsFor(other)) },
  });
  expect((await prove(user, { credential: foreign })).status).toBe(400);
  const credential = device.get(await optionsFor(user));
  expect((await prove(user, { credential })).status).toBe(200);
  expect(await takesRecent(user)).toBe('done');
  expect((await prove(user, { credential })).status).toBe(400); // a challenge works once
  const { body } = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: user.refresh_token },
  });
  expect(decodeJwt(body.access_token)).toMatchObject({ acr: 'phr' });
});

const challengeOf = ({ public_key }: { public_key: { challenge: string } }) => ({
  challenge: public_key.challenge,
});

describe('who has but a passkey that was made without asking, and no password', () => {
  /** As after a first password sign-in that offered it, and a report that removed the password. */
  async function withUpgrade(device: Parameters<typeof addPasskey>[2]) {
    const user = await server.signUp();
    await addPasskey(server, user.access_token, device);
    await db
      .updateTable('passkeys')
      .set({ is_upgrade: 1 })
      .where('user_id', '=', user.id)
      .execute();
    await db
      .updateTable('users')
      .set({ factor_level: 1, password_hash: null })
      .where('id', '=', user.id)
      .execute();
    await goStale(user);
    return user;
  }
  const optionsFor = async ({ access_token: token }: SignedUp) =>
    (await server.send('POST', '/api/me/reauthenticate/options/', { token })).body;

  test('proves with it who they are', async () => {
    const device = newAuthenticator();
    const user = await withUpgrade(device);
    expect(await takesRecent(user)).toBe(insufficient);
    const asked = await optionsFor(user);
    expect(asked.public_key.userVerification).toBe('required');
    const proven = await prove(user, { credential: device.get(asked) });
    expect([proven.status, proven.text]).toEqual([200, expect.any(String)]);
    expect(await takesRecent(user)).toBe('done');
  });

  test('not where it does not verify them: it stands in for the password', async () => {
    const key = newSecurityKey();
    const user = await withUpgrade(key);
    key.state.flags = flag.present;
    const refused = await prove(user, { credential: key.get(await optionsFor(user)) });
    expect([refused.status, refused.body.code]).toEqual([400, 'invalid_passkey']);
    expect(await takesRecent(user)).toBe(insufficient);
    expect((await prove(user, { code: '123456' })).body.password).toEqual([
      'This field is required.',
    ]);
  });
});

test('who acts in the name of a user proves nothing for them', async () => {
  const user = await withApp();
  const { access_token: token } = await server.signUpAdmin('superuser');
  const path = `/api/admin/users/${user.id}/impersonation/`;
  const { body } = await server.send('POST', path, { token, json: { reason: 'ticket 1' } });
  const code = shownCode(server, user.secret);
  expect((await prove({ ...user, ...body }, { code })).status).toBe(403);
});
