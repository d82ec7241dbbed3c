import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/** Roles, their permissions, who has them, and the permissions granted to users directly. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('roles')
    .addColumn('id', ...idColumn(db))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('description', 'text', (column) => column.notNull().defaultTo(''))
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('roles_name').unique().on('roles').column('name').execute();

  await db.schema
    .createTable('role_permissions')
    .addColumn('role_id', 'bigint', (column) =>
      column.notNull().references('roles.id').onDelete('cascade'),
    )
    .addColumn('permission', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('role_permissions_key', ['role_id', 'permission'])
    .execute();

  await db.schema
    .createTable('user_roles')
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('role_id', 'bigint', (column) =>
      column.notNull().references('roles.id').onDelete('cascade'),
    )
    .addPrimaryKeyConstraint('user_roles_key', ['user_id', 'role_id'])
    .execute();
  await db.schema.createIndex('user_roles_role_id').on('user_roles').column('role_id').execute();

  await db.schema
    .createTable('user_permissions')
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('permission', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('user_permissions_key', ['user_id', 'permission'])
    .execute();
  // Which names are in use is asked of this index, from one name to the next.
  await db.schema
    .createIndex('user_permissions_permission')
    .on('user_permissions')
    .column('permission')
    .execute();
}
