import type { Kysely } from 'kysely';

/** Whether a former email was that of the owner. Of those that are kept already nobody knows: 0, so that the oldest wins. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('former_emails')
    .addColumn('is_held', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
}
