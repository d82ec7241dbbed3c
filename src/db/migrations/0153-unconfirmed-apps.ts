import { type Kysely, sql } from 'kysely';

/** Authenticator apps that wait for their first code, so that those that wait too long are found without the others. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('authenticator_apps_unconfirmed')
    .on('authenticator_apps')
    .column('created_at_ms')
    .where(sql.ref('confirmed_at_ms'), 'is', null)
    .execute();
}
