import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { codeAt } from '../../../../test/authenticator.ts';
import { startServer, temporaryFolder } from '../../../../test/harness.ts';
import { importUsers, type LeftRow } from './index.ts';

/** Authenticator apps in a dump of Django: as `dumpdata auth.user otp_totp mfa` of django-otp 1.5 and django-allauth 65 writes it. */

const server = await startServer();
const folder = temporaryFolder();
afterAll(async () => {
  folder[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});
const { db } = server.deps.database;

/** Made by Python's bcrypt, of a low cost. */
const hash = '$2b$06$B.EyVd5CYJHeLCopOM2yBOtMKXcchgFUWAw6T.Dmc6Ai9qAkdT4z.';
const password = 'correct horse bättery';

const user = (pk: number, email: string, username = '') => ({
  model: 'auth.user',
  pk,
  fields: {
    ...{ password: hash, last_login: null, is_superuser: false, username },
    ...{ first_name: '', last_name: '', email, is_staff: false, is_active: true },
    ...{ date_joined: '2019-05-05T10:00:00.123Z', groups: [], user_permissions: [] },
  },
});

const key = '2a2bbba1092ffdd25a328ad1a0a5f5d61d7aacc4'; // of django-otp's own tests
const otherKey = '2a2bbba1092ffdd25a328ad1a0a5f5d61d7aacc5';

const device = (owner: unknown, fields: object = {}) => ({
  model: 'otp_totp.totpdevice',
  pk: 1,
  fields: {
    ...{ user: owner, name: 'default', confirmed: true, created_at: null, last_used_at: null },
    ...{ throttling_failure_timestamp: null, throttling_failure_count: 0 },
    ...{ key, step: 30, t0: 0, digits: 6, tolerance: 1, drift: 0, last_t: -1, ...fields },
  },
});

const authenticator = (owner: unknown, data: object, type = 'totp') => ({
  model: 'mfa.authenticator',
  pk: 1,
  fields: { user: owner, type, data, created_at: '2024-05-05T10:00:00Z', last_used_at: null },
});

async function importDump(dump: readonly object[], options: object = {}) {
  const path = join(folder.path, randomUUID());
  writeFileSync(path, JSON.stringify(dump));
  const left: LeftRow[] = [];
  const all = { actor: { kind: 'cli', name: 'test' } as const, ...options };
  const summary = await importUsers(server.deps, path, { ...all, onLeft: (row) => left.push(row) });
  return { summary, left };
}

const stepNow = () => Math.floor(server.clock.nowMs() / 30_000);

/** Signs in with the code of a time step. */
async function signIn(email: string, hexKey: string, step = stepNow()) {
  const asked = await server.send('POST', '/api/login/', { json: { email, password } });
  if (asked.status === 200) return 'no factor';
  const code = codeAt(Buffer.from(hexKey, 'hex'), step);
  const json = { flow: asked.body.flow, code };
  return (await server.send('POST', '/api/login/second-factor/', { json })).status;
}

const appsOf = (email: string) =>
  db
    .selectFrom('users')
    .innerJoin('authenticator_apps as app', 'app.user_id', 'users.id')
    .select(['app.name', 'app.secret', 'app.last_step'])
    .where('users.email', '=', email)
    .orderBy('app.name')
    .execute();

test('apps of django-otp go on working, by key and by natural key; codes used there are refused', async () => {
  const spent = stepNow();
  const dump = [
    device(1),
    device(1, { key: otherKey, name: 'Tablet' }),
    user(1, 'ada@otp.example.com'),
    user(2, 'bob@otp.example.com', 'bob'),
    device(['bob'], { last_t: spent }),
    user(3, 'eve@otp.example.com'),
    device(['Eve@OTP.example.com'], { drift: 1, last_t: spent + 1_000_000 }),
    user(4, 'none@otp.example.com'),
    device(4, { confirmed: false }),
    { model: 'otp_static.staticdevice', pk: 1, fields: { user: 1, name: 'b', confirmed: true } },
    { model: 'otp_static.statictoken', pk: 1, fields: { device: 1, token: 'abcd2345' } },
  ];
  const dry = await importDump(dump, { dryRun: true });
  const { summary, left } = await importDump(dump);
  expect(dry.summary).toEqual(summary);
  expect(left).toEqual([]);
  expect(summary).toMatchObject({
    ...{ imported: 4, withApp: 3, refused: 0 },
    apps: { rows: 5, imported: 4, unconfirmed: 1, refused: 0 },
  });
  const ada = await appsOf('ada@otp.example.com');
  expect(ada.map(({ name }) => name)).toEqual(['Authenticator app', 'Tablet']);
  for (const { secret } of ada) expect(secret).not.toContain(key);
  expect(await signIn('ada@otp.example.com', key)).toBe(200);
  expect(await signIn('ada@otp.example.com', otherKey)).toBe(200);
  expect(await signIn('bob@otp.example.com', key, spent)).toBe(400);
  expect(await signIn('bob@otp.example.com', key, spent + 1)).toBe(200);
  expect(await signIn('eve@otp.example.com', key)).toBe(200);
  expect(await signIn('none@otp.example.com', key)).toBe('no factor');
  const { details } = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'users.imported')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(details)).toMatchObject({ count: 4, authenticator_apps: 4 });
});

test('apps of django-allauth, too; its recovery codes and security keys are left', async () => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const { summary, left } = await importDump([
    user(1, 'ada@allauth.example.com'),
    authenticator(1, { secret }),
    authenticator(1, { seed: 'x', used_mask: 0 }, 'recovery_codes'),
    authenticator(1, { name: 'key', credential: {} }, 'webauthn'),
    user(2, 'bob@allauth.example.com'),
    authenticator(2, { secret: 'gAAAAABl encrypted by an adapter' }),
  ]);
  expect(summary.apps).toEqual({ rows: 2, imported: 1, unconfirmed: 0, refused: 1 });
  expect(left).toMatchObject([{ place: 6, fileId: '2', reason: 'app_not_usable' }]);
  expect(await signIn('ada@allauth.example.com', '48656c6c6f21deadbeef48656c6c6f21deadbeef')).toBe(
    200,
  );
  expect(await signIn('bob@allauth.example.com', key)).toBe('no factor');
});

test('apps whose codes would be refused are named, without their secrets', async () => {
  const wrong = [
    { digits: 8 },
    { step: 60 },
    { t0: 17 },
    { drift: -3 },
    { key: '2a2bbba1' },
    { key: 'zz'.repeat(20) },
  ];
  const { summary, left } = await importDump([
    user(9, 'ada@left.example.com'),
    ...wrong.map((fields) => device(9, fields)),
    user(10, 'six@left.example.com', 'six'),
    ...Array.from({ length: 6 }, () => device(['six'])),
  ]);
  expect(summary).toMatchObject({
    ...{ imported: 2, refused: 0 },
    apps: { rows: 12, imported: 5, refused: 7 },
  });
  expect(left.map((row) => row.outcome === 'refused' && [row.place, row.reason])).toEqual([
    ...wrong.map((_, n) => [n + 2, 'app_not_usable']),
    [14, 'app_not_usable'],
  ]);
  expect(left.at(-1)).toMatchObject({ username: 'six' });
  expect(JSON.stringify(left)).not.toContain(key);
  expect(await appsOf('ada@left.example.com')).toEqual([]);
  expect(await appsOf('six@left.example.com')).toHaveLength(5);
});

/** How the app of a user may be in a second dump. Another user has one still, so it says who has any. */
const goneInDump: readonly (readonly [string, readonly object[]])[] = [
  ['switched off', []],
  ['replaced by one that is refused', [device(41, { digits: 8 })]],
  ['replaced by one that was never confirmed', [device(41, { confirmed: false })]],
];

test.each(goneInDump)('an app that was %s there is not asked for any more', async (how, now) => {
  const name = how.replaceAll(' ', '-');
  const email = `${name}@gone.example.com`;
  const users = [user(41, email), user(42, `other-${email}`)];
  await importDump([...users, device(41), device(42)]);
  await importDump(users, { resetsUnused: true });
  expect(await appsOf(email)).toHaveLength(1);
  await importDump([...users, ...now, device(42)], { resetsUnused: true });
  expect(await appsOf(email)).toEqual([]);
  expect(await appsOf(`other-${email}`)).toHaveLength(1);
  expect(await signIn(email, key)).toBe('no factor');
});

test('an app of django-allauth too, where the dump has recovery codes of another user alone', async () => {
  const email = 'ada@allauth-gone.example.com';
  const users = [user(51, email), user(52, `other-${email}`)];
  await importDump([...users, authenticator(51, { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' })]);
  const codes = authenticator(52, { seed: 'x', used_mask: 0 }, 'recovery_codes');
  await importDump([...users, codes], { resetsUnused: true });
  expect(await signIn(email, key)).toBe('no factor');
});

test('a second import replaces the apps of unused accounts alone, and a user name leads to nobody else', async () => {
  const email = 'again@apps.example.com';
  await importDump([user(21, email), device(21)]);
  const first = await appsOf(email);
  const again = [user(21, email), device(21, { key: otherKey })];
  expect((await importDump(again)).summary.apps).toMatchObject({ rows: 1, imported: 0 });
  expect(await appsOf(email)).toEqual(first);
  const { summary } = await importDump(again, { resetsUnused: true });
  expect(summary).toMatchObject({ reset: 1, apps: { imported: 1 } });
  expect(await signIn(email, otherKey)).toBe(200);

  await importDump([
    user(31, 'owner@apps.example.com'),
    user(32, 'thief@apps.example.com', 'owner@apps.example.com'),
    device(['owner@apps.example.com']),
    device(['']),
  ]);
  expect(await appsOf('owner@apps.example.com')).toHaveLength(1);
  expect(await appsOf('thief@apps.example.com')).toEqual([]);
});
