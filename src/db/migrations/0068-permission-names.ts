import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../engine.ts';

/**
 * The names of permissions in use are read from one to the next, in the order of their bytes: of users and of
 * roles. `if not exists`, as in `0040-user-lists.ts`.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (isPostgres(db)) {
    await sql`create index if not exists user_permissions_name
      on user_permissions (permission collate "C")`.execute(db);
    await sql`create index if not exists role_permissions_name
      on role_permissions (permission collate "C")`.execute(db);
    await sql`drop index if exists user_permissions_permission`.execute(db);
  } else {
    await sql`create index role_permissions_name on role_permissions (permission)`.execute(db);
  }
}
