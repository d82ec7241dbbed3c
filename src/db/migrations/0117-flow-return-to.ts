import type { Kysely } from 'kysely';

/** Where the account pages lead once a flow is done, also from the link in its mail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('flows').addColumn('return_to', 'text').execute();
}
