import { type Kysely, sql } from 'kysely';
import { factorLevelTerm } from '../factor-level-term.ts';

/**
 * Users are found by how strongly they can sign in. `if not exists`: on a large PostgreSQL an operator makes the index
 * before, without a lock (docs/guide/upgrade.md).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index if not exists users_factor_level on users (${factorLevelTerm}, id)`.execute(
    db,
  );
}
