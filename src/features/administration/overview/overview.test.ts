import { expect, test } from 'vitest';
import { addApp } from '../../../../test/authenticator.ts';
import { eventually } from '../../../../test/eventually.ts';
import { createTestDatabase, startServer, type TestServer } from '../../../../test/harness.ts';

/** The figures of the dashboard, over HTTP. */

type Period = { at: string; sign_ins: number; failures: number; refreshes: number };

async function overviewOf(server: TestServer, token: string) {
  const answer = await server.send('GET', '/api/admin/overview/', { token });
  expect(answer.status, answer.text).toBe(200);
  const series: Period[] = answer.body.series;
  const total = (of: 'sign_ins' | 'failures' | 'refreshes') =>
    series.reduce((sum, period) => sum + period[of], 0);
  return {
    ...answer.body,
    series,
    totals: [total('sign_ins'), total('failures'), total('refreshes')],
  };
}

test('sign-ins, failures and refreshes are counted, and outlive the process', async () => {
  await using database = await createTestDatabase();
  const first = await startServer({ database });
  const admin = await first.signUpAdmin(['nodes.view']);
  const wrong = { email: admin.email, password: 'wrong' };
  await first.send('POST', '/api/login/', { json: wrong });
  await first.send('POST', '/api/login/', { json: { ...wrong, email: 'nobody@example.com' } });
  const { refresh_token } = admin;
  const token = (await first.send('POST', '/api/refresh/', { json: { refresh_token } })).body
    .access_token;

  const overview = await overviewOf(first, token);
  expect(overview).toMatchObject({
    users: { total: 1, active: 1 },
    sessions: { live: 1 },
    administrators_without_factor: 1,
    hash_queue: { waiting: 0, limit: expect.any(Number) },
    event_loop_delay_ms: expect.any(Number),
  });
  expect(overview.totals).toEqual([1, 2, 1]);
  expect(overview.series).toHaveLength(144);
  const [start, next] = overview.series.map(({ at }: Period) => Date.parse(at));
  expect([start % 600_000, next - start]).toEqual([0, 600_000]);
  await first[Symbol.asyncDispose]();

  await using second = await startServer({ database });
  expect((await overviewOf(second, token)).totals).toEqual([1, 2, 1]);
  await second.signUp();
  await using beside = await startServer(onPostgres(second) ? { database } : {});
  const { totals } = await overviewOf(second, token);
  expect(totals).toEqual([2, 2, 1]);
  if (onPostgres(second)) expect((await overviewOf(beside, token)).totals).toEqual([1, 2, 1]);

  second.clock.advance(25 * 3_600_000);
  const later = await second.signUpAdmin(['nodes.view']);
  // What was written is too old to be shown; what was not yet counts as of now.
  expect((await overviewOf(second, later.access_token)).totals).toEqual([2, 0, 0]);
});

function onPostgres({ deps }: TestServer): boolean {
  return deps.database.engine === 'postgres';
}

test('users and sessions are counted again when the last count is old', async () => {
  await using server = await startServer();
  const admin = await server.signUpAdmin(['nodes.view']);
  const { db } = server.deps.database;
  expect((await overviewOf(server, admin.access_token)).users).toEqual({ total: 1, active: 1 });
  await server.signUp();
  const other = await server.signUp();
  await db.updateTable('users').set({ is_active: 0 }).where('id', '=', other.id).execute();
  await db
    .updateTable('sessions')
    .set({ ended_at_ms: 1 })
    .where('user_id', '=', other.id)
    .execute();
  expect((await overviewOf(server, admin.access_token)).users).toEqual({ total: 1, active: 1 });
  server.clock.advance(20_000);
  await overviewOf(server, admin.access_token); // begins to count
  await eventually(async () =>
    expect(await overviewOf(server, admin.access_token)).toMatchObject({
      users: { total: 3, active: 2 },
      sessions: { live: 2 },
    }),
  );
});

test('administrators without a second factor are counted, whatever makes them one', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 300 } });
  const { access_token: token } = await server.signUpAdmin('superuser');
  const count = async () => (await overviewOf(server, token)).administrators_without_factor;
  const later = () => server.clock.advance(20_000); // so that it is counted again
  const [byPermission, byRole] = [await server.signUpAdmin(['users.view']), await server.signUp()];
  await server.signUp(); // nobody in particular
  const json = { name: 'support', permissions: ['users.view', 'sessions.view'] };
  const { id } = (await server.send('POST', '/api/admin/roles/', { token, json })).body;
  const path = `/api/admin/users/${byRole.id}/permissions/`;
  await server.send('PUT', path, { token, json: { roles: [id] } });
  await eventually(async () => expect(await count()).toBe(3));
  await addApp(server, byRole);
  later();
  await eventually(async () => expect(await count()).toBe(2));
  await server.send('POST', `/api/admin/users/${byPermission.id}/deactivate/`, { token });
  later();
  await eventually(async () => expect(await count()).toBe(1));
});
