import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { runs } from '../../../../test/long.ts';
import { AppError } from '../../../errors/index.ts';
import { findGranted } from './grants.queries.ts';
import { changeRole, createRole, removeRole } from './roles.ts';
import { changeUserPermissions } from './user-permissions.ts';

/**
 * Administrators change users and roles, one after another. Each change is done or refused as a simple
 * model says, a refused change has no effect, and no user ever has what no granter had.
 */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { deps } = server;
const { db } = deps.database;

const permission = fc.constantFrom<string>('a.a', 'b.b', 'c.c');
const some = fc.uniqueArray(permission);
const userCount = 3;
const roleCount = 2;
const who = fc.nat(userCount - 1);
const which = fc.nat(roleCount - 1);

type Action =
  | { kind: 'grant'; actor: number; user: number; roles: number[]; permissions: string[] }
  | { kind: 'change role'; actor: number; role: number; permissions: string[] }
  | { kind: 'replace role'; actor: number; role: number; permissions: string[] };

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({
    kind: fc.constant('grant' as const),
    ...{ actor: who, user: who, roles: fc.uniqueArray(which), permissions: some },
  }),
  fc.record({
    kind: fc.constantFrom('change role' as const, 'replace role' as const),
    ...{ actor: who, role: which, permissions: some },
  }),
);

/** What each user and each role has, as lists. */
class Model {
  readonly own: Set<string>[];
  readonly has: Set<number>[];
  readonly grants: Set<string>[];

  constructor(users: readonly string[][], roles: readonly string[][]) {
    this.own = users.map((names) => new Set(names));
    this.has = users.map(() => new Set());
    this.grants = roles.map((names) => new Set(names));
  }

  effective(user: number): Set<string> {
    const roles = [...(this.has[user] ?? [])].flatMap((role) => [...(this.grants[role] ?? [])]);
    return new Set([...(this.own[user] ?? []), ...roles]);
  }

  /** Does it if it is allowed. */
  try(does: Action): boolean {
    const may = this.effective(does.actor);
    const covers = (names: Iterable<string>) => [...names].every((name) => may.has(name));
    if (does.kind === 'grant') {
      const own = this.own[does.user] as Set<string>;
      const has = this.has[does.user] as Set<number>;
      const isManaged = does.actor === does.user || covers(this.effective(does.user));
      const given = [
        ...does.permissions.filter((name) => !own.has(name)),
        ...does.roles
          .filter((role) => !has.has(role))
          .flatMap((role) => [...(this.grants[role] as Set<string>)]),
      ];
      if (!isManaged || !covers(given)) return false;
      this.own[does.user] = new Set(does.permissions);
      this.has[does.user] = new Set(does.roles);
      return true;
    }
    const before = this.grants[does.role] as Set<string>;
    if (!covers(before) || !covers(does.permissions)) return false;
    this.grants[does.role] = new Set(does.permissions);
    // A role that is deleted and made again belongs to nobody.
    if (does.kind === 'replace role') for (const has of this.has) has.delete(does.role);
    return true;
  }
}

let made = 0;

async function addUser(permissions: readonly string[]): Promise<number> {
  made += 1;
  const email = `model${made}@example.com`;
  const { id } = await db
    .insertInto('users')
    .values({ email, email_normalized: email, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await changeUserPermissions(deps, { kind: 'system' }, id, { permissions });
  return id;
}

async function addRole(permissions: readonly string[], actorId?: number): Promise<number> {
  made += 1;
  const actor = actorId === undefined ? { kind: 'system' as const } : userActor(actorId);
  const { id } = await createRole(deps, actor, { name: `model-${made}`, permissions });
  return id;
}

const userActor = (id: number) => ({ kind: 'user', id }) as const;

test('no sequence of changes grants anybody what its actors did not have', async () => {
  const start = fc.record({
    users: fc.array(some, { minLength: userCount, maxLength: userCount }),
    roles: fc.array(some, { minLength: roleCount, maxLength: roleCount }),
    actions: fc.array(action, { minLength: 1, maxLength: 8 }),
  });
  await fc.assert(
    fc.asyncProperty(start, async ({ users, roles, actions }) => {
      const model = new Model(users, roles);
      const userIds: number[] = [];
      for (const permissions of users) userIds.push(await addUser(permissions));
      const roleIds: number[] = [];
      for (const permissions of roles) roleIds.push(await addRole(permissions));

      async function perform(does: Action): Promise<void> {
        const actorId = userIds[does.actor] ?? 0;
        const actor = userActor(actorId);
        if (does.kind === 'grant') {
          await changeUserPermissions(deps, actor, userIds[does.user] ?? 0, {
            roleIds: does.roles.map((role) => roleIds[role] ?? 0),
            permissions: does.permissions,
          });
          return;
        }
        const roleId = roleIds[does.role] ?? 0;
        const { permissions } = does;
        if (does.kind === 'change role') {
          await changeRole(deps, actor, roleId, { permissions });
          return;
        }
        const next = await addRole(permissions, actorId); // before: else a refusal would lose the role
        try {
          await removeRole(deps, actor, roleId);
          roleIds[does.role] = next;
        } catch (error) {
          await removeRole(deps, { kind: 'system' }, next);
          throw error;
        }
      }

      for (const does of actions) {
        const mayNow = model.try(does);
        const outcome = await perform(does).then(
          () => 'done',
          (error) => (error instanceof AppError ? error.code : Promise.reject(error)),
        );
        expect(outcome).toBe(mayNow ? 'done' : 'permission_denied');
        for (const [user, id] of userIds.entries()) {
          const permissions = await findGranted(db, id, { after: '', limit: 10 });
          expect(permissions).toEqual([...model.effective(user)].sort());
        }
      }
    }),
    { numRuns: runs(30) },
  );
});
