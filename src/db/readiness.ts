import { CompiledQuery } from 'kysely';
import type { Database } from './database.ts';
import { migrationTable } from './migrate.ts';
import { migrations } from './migrations/index.ts';

/**
 * Whether a database takes writes. A PostgreSQL server that is, or has become, a replica does not;
 * what a SQLite file takes shows when it is written, which every request to look would wear the disk with.
 *
 * @throws whatever keeps the database from answering
 */
export async function isWritable(database: Database): Promise<boolean> {
  if (database.hasFailedWrite) return !database.hasFailedWrite();
  const query = CompiledQuery.raw(`select current_setting('transaction_read_only') as answer`);
  const [row] = (await database.run(query)) as { answer: string }[];
  return row?.answer === 'off';
}

/**
 * Whether a database has every migration of this release. One read, which waits for no writer:
 * Kysely's own look at the migrations would.
 *
 * @throws whatever keeps the database from answering
 */
export async function isMigrated(database: Database): Promise<boolean> {
  const query = CompiledQuery.raw(`select name from ${migrationTable}`);
  const rows = (await database.run(query)) as { name: string }[];
  const applied = new Set(rows.map((row) => row.name));
  return Object.keys(migrations).every((name) => applied.has(name));
}
