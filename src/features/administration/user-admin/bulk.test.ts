import { sql } from 'kysely';
import { afterAll, expect, test, vi } from 'vitest';
import { asAdmin, denied, type Json } from '../../../../test/admin/as-admin.ts';
import { startServer } from '../../../../test/harness.ts';
import type { Database } from '../../../db/database.ts';

/** The same done with many users, over HTTP. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;
const { adminWith, me, login } = asAdmin(server);

test("changes each user by the user's own rules, and reports each outcome", async () => {
  const admin = await adminWith(['users.change', 'users.delete', 'sessions.end']);
  const more = await adminWith(['audit.view']);
  const [a, b] = [await server.signUp(), await server.signUp()];
  const bulk = (action: string, ids: unknown) => admin.send('POST', 'users/bulk/', { action, ids });
  const tooMuch = {
    ok: false,
    code: 'permission_denied',
    detail: 'This user has permissions that you do not have: audit.view.',
  };
  expect(await bulk('end_sessions', [a.id, more.id, 999_999, b.id])).toMatchObject({
    status: 200,
    body: {
      results: [
        { id: a.id, ok: true },
        { id: more.id, ...tooMuch },
        { id: 999_999, ok: false, code: 'not_found', detail: 'Not found.' },
        { id: b.id, ok: true },
      ],
    },
  });
  expect(await me(a.access_token)).toBe('session_revoked_by_admin');
  expect(await me(more.access_token)).toBe(200);
  await bulk('deactivate', [a.id, b.id]);
  expect([await login(a.email), await login(b.email)]).toEqual([401, 401]);
  await bulk('activate', [a.id]);
  expect(await login(a.email)).toBe(200);
  expect((await bulk('delete', [a.id, a.id])).body.results).toEqual([{ id: a.id, ok: true }]);
  expect(await me(a.access_token)).toBe('user_inactive');
});

test('commits once for some users, and what fails for one fails for no other', async () => {
  const admin = await adminWith(['users.change']);
  const rows = Array.from({ length: 45 }, (_v, n) => {
    const email = `one-of-many${n}@example.com`;
    return { email, email_normalized: email, created_at_ms: 1, updated_at_ms: 1 };
  });
  const users = await db.insertInto('users').values(rows).returning('id').execute();
  const ids = users.map(({ id }) => id).reverse();
  const bulk = async (action: string) =>
    (await admin.send('POST', 'users/bulk/', { action, ids })).body.results;
  const transact = vi.spyOn(server.deps.database, 'transact');
  expect(await bulk('deactivate')).toEqual(ids.map((id) => ({ id, ok: true })));
  expect(transact.mock.calls.length).toBeLessThan(10); // those of the background with it
  transact.mockRestore();

  const [, broken = 0] = ids;
  await using _problem = await failUpdatesOf(server.deps.database, broken);
  const failed = { id: broken, ok: false, code: 'internal_error', detail: expect.any(String) };
  expect(await bulk('activate')).toEqual(
    ids.map((id) => (id === broken ? failed : { id, ok: true })),
  );
  const active = db.selectFrom('users').select('id').where('is_active', '=', 1);
  expect(await active.where('id', 'in', ids).execute()).toHaveLength(ids.length - 1);
});

test('takes the permission of its action', async () => {
  const admin = await adminWith(['users.change']);
  const { id } = await server.signUp();
  const bulk = (action: string) => admin.send('POST', 'users/bulk/', { action, ids: [id] });
  expect(await bulk('delete')).toMatchObject(denied('You need the permission users.delete.'));
  expect(await bulk('end_sessions')).toMatchObject(denied());
  expect((await bulk('deactivate')).body.results).toEqual([{ id, ok: true }]);
});

test.each<[string, Json]>([
  ['action', { action: 'promote', ids: [1] }],
  ['action', { action: 'toString', ids: [1] }],
  ['ids', { action: 'activate', ids: [] }],
  ['ids', { action: 'activate' }],
  ['ids', { action: 'activate', ids: ['1'] }],
  ['ids', { action: 'activate', ids: [0] }],
  ['ids', { action: 'activate', ids: Array.from({ length: 201 }, (_, n) => n + 1) }],
])('refuses a bad %s', async (member, json) => {
  const admin = await adminWith('superuser');
  expect(await admin.send('POST', 'users/bulk/', json)).toMatchObject({
    status: 400,
    body: { code: 'invalid_fields', [member]: [expect.any(String)] },
  });
});

/** Makes the database refuse to change a user, like an error of the database. */
async function failUpdatesOf({ db, engine }: Database, id: number): Promise<AsyncDisposable> {
  const run = (text: string) => sql.raw(text).execute(db);
  if (engine === 'postgres') {
    await run(`create function problem() returns trigger language plpgsql
      as $$ begin raise exception 'a problem'; end $$`);
  }
  const does =
    engine === 'sqlite'
      ? "begin select raise(abort, 'a problem'); end"
      : 'execute function problem()';
  await run(
    `create trigger problem before update on users for each row when (old.id = ${id}) ${does}`,
  );
  return {
    async [Symbol.asyncDispose]() {
      await run(engine === 'sqlite' ? 'drop trigger problem' : 'drop function problem cascade');
    },
  };
}
