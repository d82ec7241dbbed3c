import { type Kysely, sql } from 'kysely';

/**
 * Whether a former email was given: an undo gives that back with it. And `0158` marked the emails of imports alone: here
 * follow those of users whom the operator, an administrator or the setup created, as far as that is certain: the audit log
 * says so, and that nobody changed the email since.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('former_emails')
    .addColumn('is_email_given', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await sql`update users set is_email_given = 1
    where is_email_given = 0 and email_set_at_ms is null
      and exists (select 1 from audit_events
        where audit_events.user_id = users.id and audit_events.kind = 'user.created')
      and not exists (select 1 from audit_events
        where audit_events.user_id = users.id and audit_events.kind = 'user.changed'
          and audit_events.details like '%"email"%')`.execute(db);
}
