import { type Kysely, sql } from 'kysely';
import { isPostgres } from '../engine.ts';

/**
 * Deleting a role no longer removes it from all its users in one statement: the rows that are left have no effect,
 * and are removed in the background. Ids of roles are never used again.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (isPostgres(db)) {
    await sql`alter table user_roles drop constraint if exists user_roles_role_id_fkey`.execute(db);
    return;
  }
  // SQLite drops no constraint of a table that is there.
  await sql`alter table user_roles rename to old_user_roles`.execute(db);
  await db.schema
    .createTable('user_roles')
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('role_id', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('user_roles_key', ['user_id', 'role_id'])
    .execute();
  await sql`insert into user_roles (user_id, role_id) select user_id, role_id from old_user_roles`.execute(
    db,
  );
  await sql`drop table old_user_roles`.execute(db);
  await db.schema.createIndex('user_roles_role_id').on('user_roles').column('role_id').execute();
}
