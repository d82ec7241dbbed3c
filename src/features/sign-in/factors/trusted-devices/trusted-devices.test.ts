import { afterAll, describe, expect, test } from 'vitest';
import { goodPassword, type SignedUp, startServer } from '../../../../../test/harness.ts';
import { setSetting } from '../../../../settings/change-settings.ts';
import { bumpFactorEpoch, rememberDevice, trustedDeviceOf } from '../index.ts';

/** Remembered devices. That they skip the second factor, and nothing else, is a matter of the doors. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { database } = server.deps;
const { db } = database;

const dayMs = 86_400_000;

async function sessionOf({ id }: SignedUp): Promise<number> {
  const rows = await db.selectFrom('sessions').select('id').where('user_id', '=', id).execute();
  return Math.max(...rows.map((row) => row.id));
}

/** Remembers a device of the newest session of a user. */
async function remember(user: SignedUp): Promise<string> {
  const sessionId = await sessionOf(user);
  const about = { userId: user.id, sessionId, device: 'Firefox on Linux', ip: '203.0.113.7' };
  const actor = { kind: 'user', id: user.id, ip: null } as const;
  const token = await database.transact((trx) =>
    rememberDevice(trx, server.deps, { ...about, actor, nowMs: server.clock.nowMs() }),
  );
  return token ?? '';
}

const isTrusted = async ({ id }: { id: number }, token: string) =>
  (await database.transact((trx) => trustedDeviceOf(trx, server.deps, id, token))) !== undefined;

const list = async ({ access_token: token }: SignedUp) =>
  (await server.send('GET', '/api/me/trusted-devices/', { token })).body.devices;

test('a device is listed in words, known by its token alone, and not to other users', async () => {
  const user = await server.signUp();
  const stranger = await server.signUp();
  const token = await remember(user);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(await list(user)).toEqual([
    {
      ...{ id: expect.any(Number), device: 'Firefox on Linux', ip: '203.0.113.7' },
      ...{ created_at: expect.any(String), last_used_at: expect.any(String) },
      ...{ expires_at: expect.any(String), is_current: true },
    },
  ]);
  const rows = await db.selectFrom('trusted_devices').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
  expect([await isTrusted(user, token), await isTrusted(stranger, token)]).toEqual([true, false]);
  expect(await isTrusted(user, `${token}x`)).toBe(false);
  expect(await list(stranger)).toEqual([]);
  const [{ id }] = await list(user);
  const path = `/api/me/trusted-devices/${id}/`;
  const foreign = await server.send('DELETE', path, { token: stranger.access_token });
  expect(foreign.status).toBe(404);
  expect(await isTrusted(user, token)).toBe(true);
  const events = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'device.remembered')
    .where('user_id', '=', user.id)
    .execute();
  expect(events).toHaveLength(1);
});

test('one is forgotten, or all are', async () => {
  const user = await server.signUp();
  const tokens = [await remember(user), await remember(user), await remember(user)];
  const [{ id }] = await list(user);
  const token = user.access_token;
  const one = await server.send('DELETE', `/api/me/trusted-devices/${id}/`, { token });
  expect([one.status, one.body]).toEqual([200, { forgotten: 1 }]);
  expect(await isTrusted(user, tokens[2] ?? '')).toBe(false);
  const all = await server.send('DELETE', '/api/me/trusted-devices/', { token });
  expect([all.status, all.body]).toEqual([200, { forgotten: 2 }]);
  expect(await list(user)).toEqual([]);
  const events = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'device.forgotten')
    .where('user_id', '=', user.id)
    .execute();
  expect(events).toHaveLength(2);
});

test('20 are remembered: the oldest goes', async () => {
  const user = await server.signUp();
  const oldest = await remember(user);
  const next = await remember(user);
  for (let n = 0; n < 19; n += 1) await remember(user);
  expect(await list(user)).toHaveLength(20);
  expect([await isTrusted(user, oldest), await isTrusted(user, next)]).toEqual([false, true]);
});

test('none is good after its time, after a shorter setting, or once nothing is remembered', async () => {
  await using own = await startServer();
  const user = await own.signUp();
  const { db: ownDb } = own.deps.database;
  const [{ id: sessionId = 0 } = {}] = await ownDb.selectFrom('sessions').select('id').execute();
  const actor = { kind: 'system' } as const;
  const rememberHere = () =>
    own.deps.database.transact((trx) =>
      rememberDevice(trx, own.deps, {
        ...{ userId: user.id, sessionId, device: null, ip: null, actor },
        nowMs: own.clock.nowMs(),
      }),
    );
  const isGood = async (token: string) =>
    (await own.deps.database.transact((trx) => trustedDeviceOf(trx, own.deps, user.id, token))) !==
    undefined;
  const set = async (value: number) => {
    await setSetting(own.deps, 'TRUSTED_DEVICE_LIFETIME', value, {
      actor: 'a test',
      reason: '',
    });
    await own.catchUp();
    await own.send('GET', '/api/me/'); // which looks for changes
  };
  const token = (await rememberHere()) ?? '';
  own.clock.advance(29 * dayMs);
  expect(await isGood(token)).toBe(true);
  await set(20 * 86_400);
  expect(await isGood(token)).toBe(false);
  await set(30 * 86_400);
  expect(await isGood(token)).toBe(true);
  own.clock.advance(dayMs);
  expect(await isGood(token)).toBe(false);
  const next = (await rememberHere()) ?? '';
  await set(0);
  expect([await isGood(next), await rememberHere()]).toEqual([false, undefined]);
});

describe('a device is forgotten with', () => {
  const json = (user: SignedUp) => ({ email: user.email, password: goodPassword });
  const acts: Readonly<Record<string, (user: SignedUp) => Promise<unknown>>> = {
    'all sessions': ({ access_token: token }) =>
      server.send('DELETE', '/api/sessions/?keep_current=false', { token }),
    'its session': async (user) => {
      const id = await sessionOf(user);
      const other = (await server.send('POST', '/api/login/', { json: json(user) })).body;
      return server.send('DELETE', `/api/sessions/${id}/`, { token: other.access_token });
    },
    'a new password': async (user) => {
      const other = (await server.send('POST', '/api/login/', { json: json(user) })).body;
      return server.send('POST', '/api/me/password/', {
        token: other.access_token,
        json: { current_password: goodPassword, new_password: 'quite another horse' },
      });
    },
    'a removed factor': ({ id }) => database.transact((trx) => bumpFactorEpoch(trx, id)),
  };
  test.each(Object.entries(acts))('%s', async (_name, act) => {
    const user = await server.signUp();
    const token = await remember(user);
    await act(user);
    expect(await isTrusted(user, token)).toBe(false);
    const rows = await db
      .selectFrom('trusted_devices')
      .select('id')
      .where('user_id', '=', user.id)
      .execute();
    expect(rows).toEqual([]);
  });

  test('the sessions of others, and not with its own, which stays', async () => {
    const user = await server.signUp();
    const elsewhere = await remember(user);
    await server.send('POST', '/api/login/', { json: json(user) });
    const { body } = await server.send('POST', '/api/login/', { json: json(user) });
    const here = await remember({ ...user, ...body });
    await server.send('DELETE', '/api/sessions/', { token: body.access_token });
    expect([await isTrusted(user, elsewhere), await isTrusted(user, here)]).toEqual([false, true]);
  });

  test('nothing of it by signing out', async () => {
    const user = await server.signUp();
    const token = await remember(user);
    await server.send('POST', '/api/logout/', { json: { refresh_token: user.refresh_token } });
    expect(await isTrusted(user, token)).toBe(true);
  });
});
