import { afterAll, expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { createTestDatabase, goodPassword, startServer } from '../../../../test/harness.ts';
import { createLimits } from '../limits/index.ts';
import { createFailures, type Failures } from './failures.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

async function eventsOf(kind: string, db = server.deps.database.db) {
  const rows = await db
    .selectFrom('audit_events')
    .selectAll()
    .where('kind', '=', kind)
    .orderBy('id')
    .execute();
  return rows.map((row) => ({ ...row, details: JSON.parse(row.details) }));
}

const login = (email: string, password: string) =>
  server.send('POST', '/api/login/', { json: { email, password } });

test('refused sign-ins are recorded, and no email that was typed', async () => {
  const { id, email } = await server.signUp();
  const { db } = server.deps.database;
  const idle = await server.signUp();
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', idle.id).execute();
  for (let n = 0; n < 3; n += 1) await login(email, 'wrong horse battery');
  await login('Nobody@example.com', goodPassword);
  await login(idle.email, goodPassword);
  await login(email, '');
  const found = await until(async () => {
    const events = await eventsOf('login.failed');
    return events.some(({ user_id }) => user_id === idle.id) && events;
  });
  const sum = (reason: string) =>
    found
      .filter(({ details }) => details.reason === reason)
      .reduce((total, { details }) => total + details.attempts, 0);
  expect([sum('wrong_password'), sum('unknown_account'), sum('user_inactive')]).toEqual([3, 1, 1]);
  expect(found[0]).toMatchObject({ actor_kind: 'anonymous', user_id: id, ip: '127.0.0.1' });
  const unknown = found.find(({ details }) => details.reason === 'unknown_account');
  expect(unknown?.user_id).toBeNull();
  const { accountKey } = createLimits(server.deps);
  expect(unknown?.details.account).toBe(accountKey('nobody@example.com'));
  expect(JSON.stringify(found).toLowerCase()).not.toMatch(/example\.com|horse/);
});

test('a wrong password of a signed-in user is recorded with the session', async () => {
  const { id, access_token: token } = await server.signUp();
  const json = { password: 'wrong horse battery' };
  await server.send('POST', '/api/me/reauthenticate/', { token, json });
  const [event] = await until(async () => {
    const events = await eventsOf('user.reauthentication_failed');
    return events.length > 0 && events;
  });
  expect(event).toMatchObject({ actor_id: id, user_id: id, details: { attempts: 1 } });
  expect(event?.session_id).toBeGreaterThan(0);
});

const actor = { kind: 'anonymous', ip: '203.0.113.7' } as const;

function note(failures: Failures, account: string): void {
  failures.note(account, (attempts) => ({
    ...{ kind: 'login.failed', actor, atMs: 1 },
    details: { reason: 'wrong_password', attempts, account },
  }));
}

test('a flood is bounded: attempts of one kind are counted, and past a thousand kinds all others', async () => {
  await using stored = await createTestDatabase();
  const database = stored.open();
  const failures = createFailures({ ...server.deps, database }, 5);
  for (let n = 0; n < 3_000; n += 1) note(failures, `account ${n % 1_500}`);
  await until(async () => (await eventsOf('login.failed', database.db)).length > 0);
  await failures.stop();
  const events = await eventsOf('login.failed', database.db);
  expect(events).toHaveLength(1_000);
  expect(events.every(({ details }) => details.attempts === 2)).toBe(true);
  const [omitted, ...others] = await eventsOf('failures.omitted', database.db);
  expect([omitted?.details.attempts, others.length]).toEqual([1_000, 0]);
  await database.close();
});

test('what cannot be written waits until it can be', async () => {
  await using stored = await createTestDatabase();
  const database = stored.open();
  let isAway = true;
  const failures = createFailures(
    {
      ...server.deps,
      database: {
        ...database,
        transact: (task) =>
          isAway ? Promise.reject(new Error('the database is away')) : database.transact(task),
      },
    },
    5,
  );
  note(failures, 'first');
  await new Promise((resolve) => setTimeout(resolve, 30));
  note(failures, 'first');
  isAway = false;
  await until(async () => (await eventsOf('login.failed', database.db)).length > 0);
  await failures.stop();
  const events = await eventsOf('login.failed', database.db);
  expect(events.reduce((sum, { details }) => sum + details.attempts, 0)).toBe(2);
  await database.close();
});
