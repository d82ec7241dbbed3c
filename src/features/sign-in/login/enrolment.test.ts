import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shownCode } from '../../../../test/authenticator.ts';
import { waitingEnrolment } from '../../../../test/enrolment.ts';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { newAuthenticator } from '../../../../test/webauthn.ts';

/** Users who have to have a second factor add an authenticator app. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    pinned: { SECOND_FACTOR_POLICY: 'required', SECURITY_CHANGES_PER_SESSION: 2 },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const begin = (flow: string) =>
  server.send('POST', '/api/login/enrolment/', { json: { flow, kind: 'totp' } });

/** Assigns a role that requires a passkey. */
async function requirePasskey(userId: number): Promise<void> {
  const { db } = server.deps.database;
  const role = {
    name: 'operators',
    required_level: 3,
    created_at_ms: 1,
    updated_at_ms: 1,
  } as const;
  const { id } = await db
    .insertInto('roles')
    .values(role)
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('user_roles').values({ user_id: userId, role_id: id }).execute();
}

test('one that began before a passkey was required adds no app', async () => {
  const { id: userId } = await server.signUp();
  const flow = await waitingEnrolment(server, userId);
  const { id, secret } = (await begin(flow)).body;
  await requirePasskey(userId);
  const json = { flow, id, code: shownCode(server, secret) };
  const refused = await server.send('POST', '/api/login/enrolment/confirm/', { json });
  expect([refused.status, refused.body.code]).toEqual([400, 'invalid_fields']);
  expect(refused.body.non_field_errors).toEqual(['You have to have a passkey that verifies you.']);
  const { db } = server.deps.database;
  const apps = await db
    .selectFrom('authenticator_apps')
    .select('confirmed_at_ms')
    .where('user_id', '=', userId)
    .execute();
  expect(apps).toEqual([{ confirmed_at_ms: null }]);
  const events = await db
    .selectFrom('audit_events')
    .select('id')
    .where('user_id', '=', userId)
    .where('kind', '=', 'factor.added')
    .execute();
  expect(events).toEqual([]);
  // The same sign-in goes on with a passkey.
  const path = '/api/login/enrolment/passkey/';
  const asked = await server.send('POST', `${path}options/`, { json: { flow } });
  const credential = newAuthenticator().create(asked.body);
  const done = await server.send('POST', path, { json: { flow, credential } });
  expect([done.status, decodeJwt(done.body.access_token).acr]).toEqual([200, 'phr']);
});

test('one sign-in begins no more apps than a session may change, and another goes on', async () => {
  const { id } = await server.signUp();
  const flow = await waitingEnrolment(server, id);
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await begin(flow)).status);
  expect(statuses).toEqual([200, 200, 429]);
  expect((await begin(await waitingEnrolment(server, id))).status).toBe(200);
});

describe('a device that is remembered with it', () => {
  const week = 7 * 86_400_000;

  /** Signs in with the password of a user whose time is over. */
  async function due() {
    const user = await server.signUp();
    server.clock.advance(week + 60_000);
    const login = (more = {}) =>
      server.send('POST', '/api/login/', {
        json: { email: user.email, password: goodPassword, ...more },
      });
    const { body } = await login();
    expect(body).toMatchObject({
      ...{ code: 'second_factor_enrolment_required', remember_for: 30 * 86_400 },
    });
    return { login, flow: body.flow as string };
  }

  test.each([true, false])(
    'skips the factor that was added, if it is asked for: %s',
    async (remember) => {
      for (const kind of ['app', 'passkey']) {
        const { login, flow } = await due();
        const json: Record<string, unknown> = { flow, remember };
        let path = '/api/login/enrolment/passkey/';
        if (kind === 'app') {
          const { id, secret } = (await begin(flow)).body;
          path = '/api/login/enrolment/confirm/';
          Object.assign(json, { id, code: shownCode(server, secret) });
        } else {
          const asked = await server.send('POST', `${path}options/`, { json: { flow } });
          json.credential = newAuthenticator().create(asked.body);
        }
        const done = await server.send('POST', path, { json });
        expect(done.status, done.text).toBe(200);
        const { device_token } = done.body;
        expect(typeof device_token).toBe(remember ? 'string' : 'undefined');
        const next = await login({ device_token });
        expect(next.body.code).toBe(remember ? undefined : 'second_factor_required');
        if (!remember) continue;
        expect(decodeJwt(next.body.access_token).acr).toBe('aal1');
        const { access_token: token } = done.body;
        const devices = await server.send('GET', '/api/me/trusted-devices/', { token });
        expect(devices.body.devices).toMatchObject([{ is_current: true }]);
      }
    },
  );
});
