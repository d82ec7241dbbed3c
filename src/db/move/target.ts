import { sql } from 'kysely';
import { OperatorError } from '../../lib/operator-error.ts';
import type { Database } from '../database.ts';
import { applyMigrations, findTables, unfinishedMoveTable } from '../migrate.ts';
import { requireMigratable } from '../postgres/prerequisites.ts';
import { isMigrated } from '../readiness.ts';
import { findMovedTables, type MovedTable } from './moved-tables.ts';
import { countRows } from './rows.ts';

/** A move that must not be made, and why. Nothing was changed. */
export class MoveError extends OperatorError {
  override readonly name = 'MoveError';
}

/** The state of a database as the target of a move. */
export type TargetState = 'empty' | 'holds a part of the move';

/**
 * Whether a move can fill a database: it is empty, or an earlier move from the same source was broken off in it.
 *
 * @throws MoveError if it has other data, or MigrationError if another program made it
 */
export async function inspectTarget(target: Database, source: string): Promise<TargetState> {
  await requireMigratable(target);
  const tables = await findTables(target);
  if (tables.has(unfinishedMoveTable)) {
    const { rows } = await sql<{
      source: string;
    }>`select source from ${sql.table(unfinishedMoveTable)}`.execute(target.db);
    const earlier = rows[0]?.source;
    if (earlier === source && (await isMigrated(target))) return 'holds a part of the move';
    throw new MoveError(
      `${target.location} holds a part of a move from ${earlier ?? 'elsewhere'}` +
        `${earlier === source ? ', made by an older release' : ''}. Empty it, or name another.`,
    );
  }
  for (const table of (await findMovedTables(target)).filter(({ name }) => tables.has(name))) {
    if ((await countRows(target.db, table)) === 0) continue;
    throw new MoveError(
      `${target.location} holds data: there are rows in "${table.name}". A move fills an empty ` +
        'database; name another.',
    );
  }
  return 'empty';
}

/** Prepares an empty database: migrated, and marked, so that servers do not start on a part of the data. */
export async function claimTarget(target: Database, source: string): Promise<void> {
  await applyMigrations(target);
  await target.transact(async (trx) => {
    await sql`create table ${sql.table(unfinishedMoveTable)} (source text not null)`.execute(trx);
    await sql`insert into ${sql.table(unfinishedMoveTable)} values (${source})`.execute(trx);
  });
}

/** Takes everything out that a move has put in. */
export function emptyTarget(target: Database, tables: readonly MovedTable[]): Promise<void> {
  return target.transact(async (trx) => {
    for (const { name } of tables.toReversed()) {
      await sql`delete from ${sql.table(name)}`.execute(trx);
    }
  });
}

/**
 * The move is whole: servers may start. PostgreSQL knows nothing yet of what the tables hold, and would plan
 * each query as if they were small until its own `analyze` comes by; SQLite plans without.
 */
export async function releaseTarget(target: Database): Promise<void> {
  if (target.engine === 'postgres') await sql`analyze`.execute(target.db);
  await sql`drop table ${sql.table(unfinishedMoveTable)}`.execute(target.db);
}
