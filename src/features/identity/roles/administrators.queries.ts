import type { Db } from '../../../db/database.ts';
import { builtInNames } from './permissions.ts';

/**
 * How many administrators could sign in with a password or a mail alone: active users with a permission of the server's
 * own, or superusers, who have no second factor. Counted as far as `most`.
 */
export async function countAdministratorsWithoutFactor(db: Db, most: number): Promise<number> {
  const some = db
    .selectFrom('users')
    .select('users.id')
    .where('users.is_active', '=', 1)
    .where('users.factor_level', '=', 1)
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
    )
    .limit(most)
    .as('some');
  const { n } = await db
    .selectFrom(some)
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirstOrThrow();
  return Number(n);
}
