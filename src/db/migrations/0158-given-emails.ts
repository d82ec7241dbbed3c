import { type Kysely, sql } from 'kysely';

/**
 * Whether the operator, an administrator or an import gave users their email. Then no stranger made the account, and its
 * factors stay when the email is proven for the first time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('users')
    .addColumn('is_email_given', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update users set is_email_given = 1
    where imported_at_ms is not null and email_set_at_ms is null`.execute(db);
}
