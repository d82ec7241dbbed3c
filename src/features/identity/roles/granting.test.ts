import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { runs } from '../../../../test/long.ts';
import type { Db } from '../../../db/database.ts';
import type { Actor } from '../../platform/audit/index.ts';
import type { Grants } from './granting.ts';
import { findGranted } from './grants.queries.ts';
import {
  createAuthority,
  findRolesOfUsers,
  requireMayGrant,
  requireMayManage,
  setUserGrants,
  type UserGrants,
} from './index.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { database } = server.deps;
const { db } = database;
const authority = createAuthority(database);
const all = { after: '', limit: 100 };
const cli: Actor = { kind: 'cli', name: 'ada' };

async function addUser(isSuperuser = false): Promise<number> {
  const email = `granting${Math.random()}@example.com`;
  const user = { email, email_normalized: email, is_superuser: isSuperuser ? 1 : 0 };
  const row = await db
    .insertInto('users')
    .values({ ...user, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function addRole(permissions: readonly string[]): Promise<number> {
  const { id } = await db
    .insertInto('roles')
    .values({ name: `role${Math.random()}`, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const rows = permissions.map((permission) => ({ role_id: id, permission }));
  if (rows.length > 0) await db.insertInto('role_permissions').values(rows).execute();
  return id;
}

const inTransaction = <T>(task: (trx: Db) => Promise<T>) => database.transact(task);
const grant = (granter: Actor, grants: Grants) =>
  inTransaction((trx) => requireMayGrant(trx, granter, grants).then(() => 'may' as const));
const manage = (granter: Actor, userId: number) =>
  inTransaction((trx) => requireMayManage(trx, granter, userId).then(() => 'may' as const));
const set = (id: number, grants: UserGrants) =>
  inTransaction((trx) => setUserGrants(trx, cli, { id }, grants, 1));

const denied = (detail: string) => ({ code: 'permission_denied', options: { detail } });

test('what users may do is what a simple model says, however it came about', async () => {
  const words = fc.constantFrom<string>('a.a', 'a.b', 'b.a', 'b.b', 'c.c');
  const some = fc.uniqueArray(words);
  const roles = fc.array(some, { maxLength: 4 });
  const users = fc.array(
    fc.record({
      isSuperuser: fc.boolean(),
      permissions: some,
      roles: fc.uniqueArray(fc.nat(3)),
    }),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(roles, users, users, async (roleModels, before, after) => {
      const roleIds = await Promise.all(roleModels.map(addRole));
      const ids = await Promise.all(before.map((user) => addUser(user.isSuperuser)));
      // Twice: what is there is replaced.
      const superuser = ids.map((_id, index) => before[index]?.isSuperuser ?? false);
      for (const models of [before, after]) {
        for (const [index, id] of ids.entries()) {
          const model = models[index];
          if (!model) continue;
          const given = model.roles.flatMap((role) => roleIds[role] ?? []);
          await set(id, { roleIds: given, permissions: model.permissions });
          const expected = {
            isSuperuser: superuser[index],
            permissions: [
              ...new Set([
                ...model.permissions,
                ...model.roles.flatMap((role) => roleModels[role] ?? []),
              ]),
            ].sort(),
          };
          const { isSuperuser, permissions } = await authority.readGrants(id);
          expect({ isSuperuser, permissions }).toEqual(expected);
          expect(await findGranted(db, id, all)).toEqual(expected.permissions);
          expect((await findRolesOfUsers(db, [id])).map((role) => role.id).sort()).toEqual(
            given.sort(),
          );
          const names = ['a.a', 'c.c', 'd.d'];
          const isExpected = (name: string) =>
            expected.isSuperuser || expected.permissions.includes(name);
          expect([...(await authority.findHeld(id, names))]).toEqual(names.filter(isExpected));
        }
      }
    }),
    { numRuns: runs(25) },
  );
});

test('of users that are asked about at once each gets their own answer', async () => {
  const ids = await Promise.all([addUser(), addUser(true), addUser()]);
  await set(ids[0] as number, { permissions: ['a.b'] });
  const asked = [...ids, ...ids, 999_999];
  const held = await Promise.all(asked.map(async (id) => authority.findHeld(id, ['a.a', 'a.b'])));
  expect(held.map((names) => [...names])).toEqual([
    ['a.b'],
    ['a.a', 'a.b'],
    [],
    ['a.b'],
    ['a.a', 'a.b'],
    [],
    [],
  ]);
  const found = await Promise.all(asked.map(async (id) => authority.readGrants(id)));
  expect(found.map((one) => [one.isSuperuser, one.permissions])).toEqual([
    ...[
      [false, ['a.b']],
      [true, []],
      [false, []],
    ],
    ...[
      [false, ['a.b']],
      [true, []],
      [false, []],
    ],
    [false, []],
  ]);
});

describe('granting', async () => {
  const id = await addUser();
  const granter: Actor = { kind: 'user', id };
  const [small, large] = [await addRole(['a.a']), await addRole(['a.a', 'c.c', 'd.d'])];
  await set(id, { permissions: ['a.a', 'b.b'] });

  test('what one has, one may', async () => {
    expect(await grant(granter, {})).toBe('may');
    expect(await grant(granter, { permissions: ['a.a', 'b.b'], roleIds: [small] })).toBe('may');
  });

  test('what one has not, one may not, and it is named', async () => {
    await expect(grant(granter, { permissions: ['a.a', 'e.e'] })).rejects.toMatchObject(
      denied('You cannot grant what you do not have: e.e.'),
    );
    await expect(grant(granter, { roleIds: [small, large] })).rejects.toMatchObject(
      denied('You cannot grant what you do not have: c.c, d.d.'),
    );
    const many = ['f.a', 'f.b', 'f.c', 'f.d', 'f.e', 'f.f'];
    await expect(grant(granter, { permissions: many })).rejects.toMatchObject(
      denied('You cannot grant what you do not have: f.a, f.b, f.c, f.d, f.e and more.'),
    );
    await expect(grant(granter, { isSuperuser: true })).rejects.toMatchObject(
      denied('Only a superuser can make a superuser, or change one.'),
    );
  });

  test('superusers, and operators at the command line, may grant everything', async () => {
    const superuser: Actor = { kind: 'user', id: await addUser(true) };
    const all = { permissions: ['x.y'], roleIds: [large], isSuperuser: true };
    for (const anybody of [superuser, cli, { kind: 'system' } as const]) {
      expect(await grant(anybody, all)).toBe('may');
      expect(await manage(anybody, superuser.kind === 'user' ? superuser.id : 0)).toBe('may');
    }
  });

  test('a client that has not signed in is refused', async () => {
    const nobody: Actor = { kind: 'anonymous' };
    await expect(grant(nobody, {})).rejects.toMatchObject({ code: 'permission_denied' });
    await expect(manage(nobody, id)).rejects.toMatchObject({ code: 'permission_denied' });
  });

  test('a user who has more cannot be changed, whatever it comes from', async () => {
    const other = await addUser();
    expect(await manage(granter, other)).toBe('may');
    await set(other, { permissions: ['a.a'], roleIds: [small] });
    expect(await manage(granter, other)).toBe('may');
    await set(other, { roleIds: [large] });
    await expect(manage(granter, other)).rejects.toMatchObject(
      denied('This user has permissions that you do not have: c.c, d.d.'),
    );
    await expect(manage(granter, await addUser(true))).rejects.toMatchObject(
      denied('Only a superuser can make a superuser, or change one.'),
    );
    await expect(manage({ kind: 'user', id: other }, id)).rejects.toMatchObject(
      denied('This user has permissions that you do not have: b.b.'),
    );
    expect(await manage(granter, id)).toBe('may'); // oneself
  });
});
