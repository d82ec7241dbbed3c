import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { createLimits } from '../../platform/limits/index.ts';
import { checkToken, issueToken, useToken, voidToken } from './index.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { database } = server.deps;
const { db } = database;
const user = await server.signUp();

const nowMs = 1_000_000;
const link = {
  purpose: 'invitation',
  userId: user.id,
  issuedBy: null,
  lifetimeMs: 60_000,
  nowMs,
} as const;
const issue = (change: Partial<Parameters<typeof issueToken>[1]> = {}) =>
  database.transact((trx) => issueToken(trx, { ...link, ...change }));
const sent = (token: string, atMs = nowMs) =>
  ({ token, purpose: 'invitation', nowMs: atMs }) as const;
const limits = createLimits(server.deps);
afterAll(() => limits.close());
const check = (token: Parameters<typeof checkToken>[3]) => checkToken(db, limits, 'here', token);
const use = (token: string, atMs?: number) =>
  database.transact((trx) => useToken(trx, sent(token, atMs))).then(({ userId }) => userId);
const invalid = { code: 'invalid_link_token' };

test('a token works once, and its text is stored nowhere', async () => {
  const { token, expiresAtMs } = await issue();
  expect(token).toMatch(/^[\w-]{43}$/);
  expect(expiresAtMs).toBe(nowMs + 60_000);
  const rows = await db.selectFrom('link_tokens').selectAll().execute();
  expect(JSON.stringify(rows)).not.toContain(token);
  expect((await check(sent(token))).userId).toBe(user.id);
  expect((await check(sent(token))).userId).toBe(user.id); // looking does not use it up
  expect(await use(token)).toBe(user.id);
  await expect(use(token)).rejects.toMatchObject(invalid);
  await expect(check(sent(token))).rejects.toMatchObject(invalid);
});

test('of many who use it at once one does', async () => {
  const { token } = await issue();
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => use(token)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(invalid);
  }
});

test('a transaction that fails does not use it up', async () => {
  const { token } = await issue();
  const failing = database.transact(async (trx) => {
    await useToken(trx, sent(token));
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await use(token)).toBe(user.id);
});

test('it is good until it expires, for one purpose', async () => {
  const { token } = await issue();
  await expect(check(sent(token, nowMs + 60_000))).rejects.toMatchObject(invalid);
  await expect(use(token, nowMs + 60_000)).rejects.toMatchObject(invalid);
  const other = { ...sent(token), purpose: 'setup' } as const;
  await expect(check(other)).rejects.toMatchObject(invalid);
  for (const bad of ['', 'x', token.toLowerCase(), `${token}a`, 'ü'.repeat(43), '\0'.repeat(43)]) {
    await expect(use(bad)).rejects.toMatchObject(invalid);
  }
  expect(await use(token, nowMs + 59_999)).toBe(user.id);
});

test('a new one voids the one before, and takes away what has expired', async () => {
  const other = await server.signUp();
  const first = await issue();
  const setup = await issue({ purpose: 'setup', userId: null });
  const theirs = await issue({ userId: other.id });
  const second = await issue();
  await expect(use(first.token)).rejects.toMatchObject(invalid);
  expect(await use(second.token)).toBe(user.id);
  await database.transact((trx) => voidToken(trx, 'invitation', user.id, nowMs));
  expect(await use(theirs.token)).toBe(other.id);
  const asSetup = { ...sent(setup.token), purpose: 'setup' } as const;
  expect((await check(asSetup)).userId).toBeNull();

  await issue({ nowMs: nowMs + 60_000 });
  const rows = await db.selectFrom('link_tokens').select(['user_id']).execute();
  expect(rows).toEqual([{ user_id: user.id }]); // that of the setup had expired
  await db.deleteFrom('users').where('id', '=', user.id).execute();
  expect(await db.selectFrom('link_tokens').selectAll().execute()).toEqual([]);
});
