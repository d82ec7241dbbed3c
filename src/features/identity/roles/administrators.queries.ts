import type { Db } from '../../../db/database.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { builtInNames } from './permissions.ts';
import { roleLevelOf } from './roles.queries.ts';

/**
 * How many administrators there are: active users with a permission of the server's own, or superusers. Counted as far
 * as `most`.
 */
export function countAdministrators(db: Db, most: number): Promise<number> {
  return count(db, administrators(db).limit(most));
}

/** How many of them could sign in with a password or a mail alone, as they have no second factor. */
export function countAdministratorsWithoutFactor(db: Db, most: number): Promise<number> {
  return count(db, administrators(db).where('users.factor_level', '=', 1).limit(most));
}

/** An administrator whom a password or a mail alone signs in. */
export interface AdministratorWithoutFactor {
  readonly email: string;
  /** What their roles require at most; 1: nothing. */
  readonly roleLevel: AuthLevel;
  readonly hasRole: boolean;
  /** Until when they have time to add a factor; null: it has not begun. */
  readonly dueAtMs: number | null;
}

/** The same, who they are, the oldest first. */
export async function findAdministratorsWithoutFactor(
  db: Db,
  most: number,
): Promise<AdministratorWithoutFactor[]> {
  const rows = await administrators(db)
    .where('users.factor_level', '=', 1)
    .select(['users.email', 'users.factor_due_at_ms as dueAtMs'])
    .select(roleLevelOf)
    .orderBy('users.id')
    .limit(most)
    .execute();
  return rows.map(({ email, dueAtMs, roleLevel }) => ({
    ...{ email, dueAtMs },
    ...{ roleLevel: roleLevel ?? 1, hasRole: roleLevel !== null },
  }));
}

function administrators(db: Db) {
  return db
    .selectFrom('users')
    .select('users.id')
    .where('users.is_active', '=', 1)
    .where('users.id', 'in', (eb) =>
      eb
        .selectFrom('users as superusers')
        .select('superusers.id')
        .where('superusers.is_superuser', '=', 1)
        .union(
          eb
            .selectFrom('user_permissions')
            .select('user_permissions.user_id as id')
            .where('user_permissions.permission', 'in', builtInNames),
        )
        .union(
          eb
            .selectFrom('role_permissions')
            .innerJoin('user_roles', 'user_roles.role_id', 'role_permissions.role_id')
            .select('user_roles.user_id as id')
            .where('role_permissions.permission', 'in', builtInNames),
        ),
    );
}

async function count(db: Db, some: ReturnType<typeof administrators>): Promise<number> {
  const { n } = await db
    .selectFrom(some.as('some'))
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}
