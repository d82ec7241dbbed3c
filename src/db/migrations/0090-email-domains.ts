import { type Kysely, sql } from 'kysely';
import { emailDomain } from '../email-domain.ts';

/**
 * Users are found by the domain of their email. `if not exists`: on a large PostgreSQL an operator makes the
 * index before, without a lock (docs/guide/upgrade.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists users_email_domain on users (${emailDomain(db)}, id)`.execute(
    db,
  );
}
