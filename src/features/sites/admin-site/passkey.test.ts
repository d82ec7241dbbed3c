import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { type Authenticator, addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** Signing in to the admin site with a passkey. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const ours = { 'x-latchkey-admin': '1', 'sec-fetch-site': 'same-origin' };

async function enter(authenticator: Authenticator, headers: Record<string, string> = ours) {
  const asked = await server.send('POST', '/api/login/passkey/options/', { json: {} });
  const json = { credential: authenticator.get(asked.body) };
  return server.send('POST', '/admin/session/passkey/', { headers, json });
}

async function withPasskey(isAdmin = true) {
  const user = isAdmin ? await server.signUpAdmin(['users.view']) : await server.signUp();
  const authenticator = newAuthenticator();
  await addPasskey(server, user.access_token, authenticator);
  return { ...user, authenticator };
}

test('a passkey opens the site, without a password', async () => {
  const { id, authenticator } = await withPasskey();
  const entered = await enter(authenticator);
  expect(entered.status).toBe(200);
  expect(Object.keys(entered.body)).toEqual(['access_token']);
  expect(entered.headers.get('set-cookie')).toMatch(
    /^latchkey_admin=[0-9a-f-]{36}; Path=\/admin\/session\/; HttpOnly; SameSite=Strict$/,
  );
  const me = await server.send('GET', '/api/me/', { token: entered.body.access_token });
  expect(me.body.id).toBe(id);
});

test('who may administer nothing is refused', async () => {
  const { authenticator } = await withPasskey(false);
  const refused = await enter(authenticator);
  expect([refused.status, refused.body.code]).toEqual([403, 'no_admin_permission']);
  expect(refused.headers.get('set-cookie')).toBeNull();
});

test('it is the site that asks', async () => {
  const { authenticator } = await withPasskey();
  const refused = await enter(authenticator, { 'sec-fetch-site': 'cross-site' });
  expect([refused.status, refused.body.code]).toEqual([403, 'csrf_refused']);
});

test('a passkey that no account has opens nothing, and is named as such', async () => {
  const { id, authenticator } = await withPasskey();
  await server.deps.database.db.deleteFrom('passkeys').where('user_id', '=', id).execute();
  const refused = await enter(authenticator);
  expect(refused).toMatchObject({
    status: 400,
    body: { code: 'invalid_passkey', reason: 'unknown', signal_unknown: true },
  });
  expect(refused.headers.get('set-cookie')).toBeNull();
});
