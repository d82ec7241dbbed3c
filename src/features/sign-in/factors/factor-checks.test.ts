import { afterAll, describe, expect, test } from 'vitest';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { type SignedUp, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { type NewNotice, type Notices, noNotices } from '../../identity/notices/notices.ts';
import { createHashPool, createPasswords } from '../../identity/passwords/index.ts';
import { checkRecoveryCode, checkTotp } from './index.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

const factors = '/api/me/factors/';
const listOf = async ({ access_token: token }: SignedUp) =>
  (await server.send('GET', factors, { token })).body;

async function lastEvent(userId: number): Promise<unknown> {
  const { kind, details } = await db
    .selectFrom('audit_events')
    .select(['kind', 'details'])
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return [kind, JSON.parse(details)];
}

describe('recovery codes', () => {
  const told: NewNotice[] = [];
  const notices: Notices = {
    isOn: () => true,
    write: async (_trx, notice) => {
      told.push(notice);
    },
  };
  const pool = createHashPool(server.deps, 1);
  afterAll(() => pool.close());
  const tasks: string[] = [];
  const hashPool: typeof pool = {
    ...pool,
    run(task, source, metrics) {
      tasks.push(task.kind);
      return pool.run(task, source, metrics);
    },
  };
  const deps = {
    ...server.deps,
    passwords: createPasswords({ ...server.deps, hashPool }),
    notices,
  };
  const source = { network: '192.0.2.1', account: 'ada' };
  const check = (userId: number, text: string) => checkRecoveryCode(deps, userId, text, source);
  const by = { actor: { kind: 'system' }, nowMs: 1 } as const;
  const spend = (found: Awaited<ReturnType<typeof check>>) =>
    server.deps.database.transact(async (trx) => (await found?.spend(trx, by)) ?? false);

  test('each works once, however it is typed; any text costs one hash', async () => {
    const user = await server.signUp();
    const { recoveryCodes } = await addApp(server, user);
    const [first = '', second = ''] = recoveryCodes;
    tasks.splice(0);
    const found = await check(user.id, ` ${first.toLowerCase().replaceAll('-', ' ')} `);
    expect(found).toMatchObject({ kind: 'recovery_code', level: 2, amr: ['otp'] });
    const wrong = `1${second.slice(1)}`;
    for (const text of [wrong, 'nonsense', '99-ABCD', '', 'x'.repeat(10_000)]) {
      expect(await check(user.id, text), text).toBeUndefined();
    }
    expect(await check((await server.signUp()).id, first)).toBeUndefined();
    expect(tasks).toEqual(Array.from({ length: 7 }, () => 'verify'));
    expect(await spend(found)).toBe(true);
    expect(await spend(found)).toBe(false);
    expect(await check(user.id, first)).toBeUndefined();
    expect(await listOf(user)).toMatchObject({ recovery_codes_left: 9 });
    expect(await lastEvent(user.id)).toEqual(['recovery_code.used', { codes_left: 9 }]);
    const { id, email } = user;
    const notice = { kind: 'recovery_code_used', codesLeft: 9, user: { id, email } };
    expect(told.at(-1)).toMatchObject(notice);
  });

  test('are replaced together, and only where there is a factor', async () => {
    const user = await server.signUp();
    const { access_token: token } = user;
    const path = `${factors}recovery-codes/`;
    const none = await server.send('POST', path, { token });
    expect(none).toMatchObject({ status: 409, body: { code: 'no_factor' } });
    const { recoveryCodes } = await addApp(server, user);
    const [old = ''] = recoveryCodes;
    const found = await check(user.id, old);
    const answer = await server.send('POST', path, { token });
    expect(answer.status).toBe(200);
    const { recovery_codes: codes } = answer.body;
    expect([...new Set([...codes, ...recoveryCodes])]).toHaveLength(20);
    // One that was checked before, and is spent after.
    expect(await spend(found)).toBe(false);
    expect(await check(user.id, old)).toBeUndefined();
    expect(await spend(await check(user.id, codes[9]))).toBe(true);
    expect((await mailTo(server, user.email)).kind).toBe('recovery_codes_replaced');
    expect(await listOf(user)).toMatchObject({ recovery_codes_left: 9 });
    for (const code of codes) {
      const rows = await db.selectFrom('recovery_codes').select('hash').execute();
      expect(JSON.stringify(rows)).not.toContain(code.slice(2));
    }
  });
});

test('a code is checked against every app of the user, and no older one is accepted after it', async () => {
  const user = await server.signUp();
  const first = await addApp(server, user);
  const second = await addApp(server, user);
  const use = async (code: string) => {
    const found = await checkTotp({ ...server.deps, notices: noNotices }, user.id, code);
    if (!found) return false;
    const by = { actor: { kind: 'system' }, nowMs: server.clock.nowMs() } as const;
    return server.deps.database.transact((trx) => found.spend(trx, by));
  };
  // The clock of the one phone is fast.
  expect(await use(shownCode(server, second.secret, 1))).toBe(true);
  expect(await use(shownCode(server, second.secret, 0))).toBe(false);
  expect(await use(shownCode(server, first.secret, 0))).toBe(true);
  expect(await use(shownCode(server, first.secret, -1))).toBe(false);
  expect(await use(shownCode(server, first.secret, 1))).toBe(true);
  expect(await use(shownCode(server, first.secret, 2))).toBe(false);
  const used = (await listOf(user)).authenticator_apps as { last_used_at: unknown }[];
  for (const { last_used_at } of used) expect(last_used_at).toEqual(expect.any(String));
});
