import type { Kysely } from 'kysely';
import { idColumn } from './columns.ts';

/** Emails that accounts had until lately, and what an account's email is worth. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('former_emails')
    .addColumn('id', ...idColumn(db))
    .addColumn('user_id', 'bigint', (column) =>
      column.notNull().references('users.id').onDelete('cascade'),
    )
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('email_normalized', 'text', (column) => column.notNull())
    .addColumn('email_verified_at_ms', 'bigint')
    .addColumn('token_hash', 'text', (column) => column.notNull().unique())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute();
  for (const column of ['user_id', 'email_normalized', 'expires_at_ms']) {
    await db.schema
      .createIndex(`former_emails_${column}`)
      .on('former_emails')
      .column(column)
      .execute();
  }
  for (const column of ['email_set_at_ms', 'mail_recovery_from_ms']) {
    await db.schema.alterTable('users').addColumn(column, 'bigint').execute();
  }
}
