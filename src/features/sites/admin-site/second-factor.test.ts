import { afterAll, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { type Answer, goodPassword, startServer } from '../../../../test/harness.ts';
import { setSetting } from '../../../settings/change-settings.ts';

/** Signing in to the admin site with a second factor. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const ours = { 'x-latchkey-admin': '1', 'sec-fetch-site': 'same-origin' };

const send = (path: string, json: unknown, headers: Record<string, string> = ours) =>
  server.send('POST', `/admin/session/${path}`, { headers, json });

function cookieOf({ headers }: Answer): string {
  return headers.get('set-cookie')?.split(';', 1)[0] ?? '';
}

async function begin(isAdmin = true) {
  const user = isAdmin ? await server.signUpAdmin(['users.view']) : await server.signUp();
  const { secret, recoveryCodes } = await addApp(server, user);
  const signIn = (headers: Record<string, string> = ours) =>
    send('', { email: user.email, password: goodPassword }, headers);
  return { ...user, secret, recoveryCodes, signIn };
}

test('the password alone opens nothing, and says what does', async () => {
  const { signIn } = await begin();
  const answer = await signIn();
  expect([answer.status, answer.body.code]).toEqual([401, 'second_factor_required']);
  expect(answer.body.methods).toEqual(['totp', 'recovery_code']);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test.each(['code', 'recovery_code'] as const)('a %s ends the sign-in', async (kind) => {
  const { id, signIn, secret, recoveryCodes } = await begin();
  const { flow } = (await signIn()).body;
  const sent = kind === 'code' ? shownCode(server, secret) : recoveryCodes[0];
  const entered = await send('second-factor/', { flow, [kind]: sent });
  expect(entered.status).toBe(200);
  expect(Object.keys(entered.body)).toEqual(['access_token']);
  expect(entered.headers.get('set-cookie')).toMatch(
    /^latchkey_admin=[0-9a-f-]{36}; Path=\/admin\/session\/; HttpOnly; SameSite=Strict$/,
  );
  const me = await server.send('GET', '/api/me/', { token: entered.body.access_token });
  expect(me.body.id).toBe(id);
  const again = await send('second-factor/', { flow, [kind]: sent });
  expect([again.status, again.body.code]).toEqual([400, 'flow_expired']);
});

test('a wrong code says how many tries are left, and starts nothing', async () => {
  const { signIn, secret } = await begin();
  const { flow } = (await signIn()).body;
  const right = shownCode(server, secret);
  const code = right === '000000' ? '000001' : '000000';
  const answer = await send('second-factor/', { flow, code });
  expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_code', tries_left: 4 } });
  expect(answer.headers.get('set-cookie')).toBeNull();
});

test('the session that the browser had ends once the new one begins, and not before', async () => {
  const { signIn, secret, recoveryCodes } = await begin();
  const first = (await signIn()).body.flow;
  const entered = await send('second-factor/', { flow: first, code: shownCode(server, secret) });
  const headers = { ...ours, cookie: cookieOf(entered) };
  const status = async () =>
    (await server.send('GET', '/api/me/', { token: entered.body.access_token })).status;
  const { flow } = (await signIn(headers)).body;
  expect(await status()).toBe(200);
  const again = await send('second-factor/', { flow, recovery_code: recoveryCodes[0] }, headers);
  expect(again.status).toBe(200);
  expect(await status()).toBe(401);
});

test('who lost every administrator permission meanwhile gets no session', async () => {
  const { id, signIn, secret } = await begin();
  const { flow } = (await signIn()).body;
  await server.deps.database.db.deleteFrom('user_permissions').where('user_id', '=', id).execute();
  const refused = await send('second-factor/', { flow, code: shownCode(server, secret) });
  expect([refused.status, refused.body.code]).toEqual([403, 'no_admin_permission']);
  expect(refused.headers.get('set-cookie')).toBeNull();
});

test('a remembered device is not asked again, and the token of it is in a cookie', async () => {
  const { email, signIn, secret } = await begin();
  const first = await signIn();
  expect(first.body.remember_for).toBe(30 * 86_400);
  const sent = { flow: first.body.flow, code: shownCode(server, secret), remember: true };
  const entered = await send('second-factor/', sent);
  expect(Object.keys(entered.body)).toEqual(['access_token']);
  const cookies = entered.headers.getSetCookie();
  expect(cookies.map((cookie) => cookie.replace(/=[^;]+/, '=…'))).toEqual([
    'latchkey_admin_device=…; Path=/admin/session/; HttpOnly; SameSite=Strict; Max-Age=34560000',
    'latchkey_admin=…; Path=/admin/session/; HttpOnly; SameSite=Strict',
  ]);
  const [device = ''] = cookies[0]?.split(';', 1) ?? [];
  const again = await signIn({ ...ours, cookie: device });
  expect(again.status).toBe(200);
  const other = await server.signUpAdmin(['users.view']);
  await addApp(server, other);
  const json = { email: other.email, password: goodPassword };
  expect((await send('', json, { ...ours, cookie: device })).status).toBe(401);
  await setSetting(server.deps, 'TRUSTED_DEVICE_LIFETIME', 0, { actor: 'test', reason: '' });
  const off = await send('', { email, password: goodPassword }, { ...ours, cookie: device });
  expect(off).toMatchObject({ status: 401, body: { remember_for: 0 } });
});

test('a user of no administration does not get as far', async () => {
  const { signIn } = await begin(false);
  expect((await signIn()).body.code).toBe('no_admin_permission');
});

test('it is the site that asks', async () => {
  const { signIn, secret } = await begin();
  const { flow } = (await signIn()).body;
  const json = { flow, code: shownCode(server, secret) };
  for (const headers of [{}, { ...ours, 'sec-fetch-site': 'cross-site' }]) {
    const answer = await send('second-factor/', json, headers as Record<string, string>);
    expect([answer.status, answer.body.code]).toEqual([403, 'csrf_refused']);
  }
  expect((await send('second-factor/', json)).status).toBe(200);
});
