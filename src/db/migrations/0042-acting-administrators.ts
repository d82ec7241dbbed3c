import { type Kysely, sql } from 'kysely';

/**
 * What administrators have begun, and lose when they lose the permission for it: impersonations, found by the
 * administrator, and invitations, which say who issued them (null: the operator).
 *
 * The index is made `if not exists`: on a large PostgreSQL an operator makes it before, without a lock
 * (docs/guide/upgrade.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists sessions_impersonator_id
    on sessions (impersonator_id) where impersonator_id is not null`.execute(db);
  await db.schema.alterTable('link_tokens').addColumn('issued_by', 'bigint').execute();
}
