import type { Kysely } from 'kysely';

/** Flows that are of an email which is to become that of an account, or of nobody yet. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('flows').addColumn('email', 'text').execute();
  for (const name of ['is_decoy', 'is_reauthenticated']) {
    await db.schema
      .alterTable('flows')
      .addColumn(name, 'bigint', (column) => column.notNull().defaultTo(0))
      .execute();
  }
}
