import type { Kysely } from 'kysely';

/** Counts the changes of each user and role, so that administrators do not overwrite each other's changes. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['users', 'roles']) {
    await db.schema
      .alterTable(table)
      .addColumn('version', 'integer', (column) => column.notNull().defaultTo(1))
      .execute();
  }
}
