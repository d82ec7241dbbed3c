import type { Kysely } from 'kysely';

/** Mail that came back, and the emails that it came back from. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('users').addColumn('email_bounced_at_ms', 'bigint').execute();
  await db.schema
    .alterTable('users')
    .addColumn('bounced_mail_at_ms', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema.alterTable('outbox').addColumn('bounced_at_ms', 'bigint').execute();
}
