import type { Kysely } from 'kysely';

/** A newer flow voids older ones of the same email, whether or not anybody has it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('flows_email_normalized')
    .on('flows')
    .column('email_normalized')
    .execute();
}
