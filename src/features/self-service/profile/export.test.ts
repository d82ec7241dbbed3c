import { expect, test } from 'vitest';
import { addApp } from '../../../../test/authenticator.ts';
import { startServer } from '../../../../test/harness.ts';

test('users export all that is held about them, and nothing of others or of secrets', async () => {
  await using server = await startServer();
  const own = await server.signUp();
  const stranger = await server.signUp();
  const { db } = server.deps.database;
  await db.insertInto('user_permissions').values({ user_id: own.id, permission: 'a.b' }).execute();
  const second = await server.send('POST', '/api/login/', {
    json: { email: own.email, password: 'correct horse battery' },
    headers: { 'user-agent': 'curl/8.5.0' },
  });
  await server.send('POST', '/api/logout/', {
    json: { refresh_token: second.body.refresh_token },
  });

  const app = await addApp(server, own);
  await server.send('POST', '/api/password-reset/', { json: { email: own.email } });
  await server.send('POST', '/api/password-reset/', { json: { email: stranger.email } });
  const answer = await server.send('GET', '/api/me/export/', { token: own.access_token });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('content-disposition')).toContain('attachment');
  const kinds = answer.body.events.map(({ kind }: { kind: string }) => kind);
  expect(kinds).toContain('user.registered');
  expect(kinds.filter((kind: string) => kind === 'session.started')).toHaveLength(2);
  expect(answer.body.events[0]).toMatchObject({ ip: '127.0.0.1' });
  const { user, sessions, roles, permissions } = answer.body;
  expect([roles, permissions]).toEqual([[], ['a.b']]);
  expect(user).toMatchObject({ id: own.id, email: own.email, has_password: true, is_active: true });
  expect(user).toMatchObject({ email_verified_at: null, locale: null });
  const mail = { kind: 'password_reset', email: own.email, state: 'pending' };
  expect(answer.body.mails).toMatchObject([mail, { kind: 'factor_added' }]);
  expect(sessions).toMatchObject([
    { end_cause: 'logged_out', device: 'curl/8.5.0', ip: '127.0.0.1' },
    { end_cause: null, ended_at: null, ip: '127.0.0.1' },
  ]);
  expect(answer.body.factors).toMatchObject({
    authenticator_apps: [{ id: app.id, name: 'Phone' }],
    ...{ passkeys: [], recovery_codes_left: 10, remembered_devices: 0 },
  });
  for (const secret of [
    app.secret,
    app.recoveryCodes[0],
    'argon2',
    own.refresh_token,
    own.access_token,
    stranger.email,
  ]) {
    expect(answer.text).not.toContain(secret);
  }
});

test('an export needs an access token', async () => {
  await using server = await startServer();
  expect((await server.send('GET', '/api/me/export/')).status).toBe(401);
});
