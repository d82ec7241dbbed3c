import { expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  createTestDatabase,
  goodPassword,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** Ways past a required factor, or out of an account, that a move to another domain or a remembered device could open. */

const weekSeconds = 7 * 86_400;

/** Two servers on one database, of which one has another domain; and a user who has to reach a level. */
async function startMoved(
  stack: AsyncDisposableStack,
  { level, graceSeconds }: { readonly level: 2 | 3; readonly graceSeconds: number },
) {
  const database = stack.use(await createTestDatabase());
  const pinned = { SECOND_FACTOR_GRACE_PERIOD: graceSeconds };
  const before = stack.use(await startServer({ database, pinned }));
  const { db } = before.deps.database;
  const times = { created_at_ms: 1, updated_at_ms: 1 };
  const { id: roleId } = await db
    .insertInto('roles')
    .values({ name: 'operators', required_level: level, ...times })
    .returning('id')
    .executeTakeFirstOrThrow();
  const publicUrl = 'https://elsewhere.example.org/';
  const after = stack.use(await startServer({ database, pinned, publicUrl }));
  const user = await before.signUp();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: roleId }).execute();
  const login = (server: TestServer, more: object = {}) =>
    server.send('POST', '/api/login/', {
      json: { email: user.email, password: goodPassword, ...more },
    });
  const devices = () => db.selectFrom('trusted_devices').select('id').execute();
  return { db, before, after, user, login, devices };
}

test.each(['before', 'after'] as const)(
  'an enrolment that began with the password alone, %s the move, ends when the owner adds a passkey of the former domain',
  async (where) => {
    await using stack = new AsyncDisposableStack();
    const moved = await startMoved(stack, { level: 2, graceSeconds: 0 });
    const { db, before, after, user, login, devices } = moved;
    const { flow } = (await login(moved[where])).body;
    const json = { flow, kind: 'totp', name: 'of a thief' };
    const app = await after.send('POST', '/api/login/enrolment/', { json });
    expect(app.status).toBe(200);
    expect((await addPasskey(before, user.access_token, newAuthenticator())).status).toBe(201);
    const { id, secret } = app.body;
    const confirmed = await after.send('POST', '/api/login/enrolment/confirm/', {
      json: { flow, id, code: shownCode(after, secret), remember: true },
    });
    expect([confirmed.status, confirmed.body.code]).toEqual([400, 'flow_expired']);
    const level = await db
      .selectFrom('users')
      .select('factor_level')
      .where('id', '=', user.id)
      .executeTakeFirstOrThrow();
    expect(level.factor_level).toBe(3);
    expect(await devices()).toEqual([]);
    expect((await login(after)).body.code).toBe('second_factor_required');
  },
);

test.each([
  { has: 'a passkey of the former domain alone', withApp: false },
  { has: 'an app as well', withApp: true },
])(
  'after the period a remembered device stands in for a factor that works here: a user with $has',
  async ({ withApp }) => {
    await using stack = new AsyncDisposableStack();
    const moved = await startMoved(stack, { level: 2, graceSeconds: weekSeconds });
    const { before, after, user, login } = moved;
    const codes: string[] = [];
    if (withApp) codes.push(...(await addApp(before, user)).recoveryCodes);
    const passkey = await addPasskey(before, user.access_token, newAuthenticator());
    if (!withApp) codes.push(...passkey.body.recovery_codes);
    const { flow } = (await login(after)).body;
    const json = { flow, recovery_code: codes[0], remember: true };
    const { body: device } = await after.send('POST', '/api/login/second-factor/', { json });
    const { device_token } = device;
    const onDevice = await login(after, { device_token });
    expect(onDevice.status).toBe(200);

    after.clock.advance((weekSeconds + 60) * 1000);
    const later = await login(after, { device_token });
    const refreshed = await after.send('POST', '/api/refresh/', {
      json: { refresh_token: onDevice.body.refresh_token },
    });
    if (withApp) {
      expect([later.status, refreshed.status]).toEqual([200, 200]);
    } else {
      expect([later.status, later.body.code]).toEqual([401, 'second_factor_required']);
      expect(later.body.methods).toEqual(['recovery_code']);
      expect([refreshed.status, refreshed.body.code]).toEqual([400, 'second_factor_due']);
    }
  },
);

test('a device is not remembered where the server says that it cannot be', async () => {
  await using stack = new AsyncDisposableStack();
  const { db, before, login, devices } = await startMoved(stack, { level: 3, graceSeconds: 0 });
  const due = (await login(before)).body;
  expect([due.code, due.remember_for]).toEqual(['second_factor_enrolment_required', 0]);
  const { flow } = due;
  const path = '/api/login/enrolment/passkey/';
  const options = (await before.send('POST', `${path}options/`, { json: { flow } })).body;
  const authenticator = newAuthenticator();
  const made = await before.send('POST', path, {
    json: { flow, credential: authenticator.create(options), remember: true },
  });
  expect([made.status, 'device_token' in made.body]).toEqual([200, false]);

  const second = (await login(before)).body;
  expect(second).toMatchObject({ code: 'second_factor_required', remember_for: 0 });
  expect(await devices()).toEqual([]);
  await db.deleteFrom('user_roles').execute();
  expect((await login(before)).body.code).toBe('second_factor_required');
});

test('the last factor that works here is not removed while a passkey of the former domain is asked for', async () => {
  await using stack = new AsyncDisposableStack();
  const { db, before, after, user } = await startMoved(stack, { level: 2, graceSeconds: 0 });
  const { access_token: token } = user;
  const { id } = await addApp(before, user);
  const passkey = await addPasskey(before, token, newAuthenticator());
  const remove = (path: string) => after.send('DELETE', path, { token });
  const apps = () => db.selectFrom('authenticator_apps').select('id').execute();

  for (const roles of ['required', 'not required']) {
    const refused = await remove(`/api/me/factors/${id}/`);
    expect([roles, refused.status, refused.body.code]).toEqual([roles, 409, 'factor_required']);
    expect(refused.body.detail).toMatch(/for another domain/);
    expect(await apps()).toHaveLength(1);
    await db.deleteFrom('user_roles').execute();
  }
  expect((await remove(`/api/me/passkeys/${passkey.body.id}/`)).status).toBe(204);
  expect((await remove(`/api/me/factors/${id}/`)).status).toBe(204);
  expect(await apps()).toEqual([]);
});
