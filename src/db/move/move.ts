import { sql } from 'kysely';
import type { Database, Db } from '../database.ts';
import { continueIdsAfter, largestIdEver } from '../numbering.ts';
import { findMovedTables, type MovedTable } from './moved-tables.ts';
import {
  type Checksum,
  checksumRows,
  countRows,
  findLastKey,
  readRows,
  writeRows,
} from './rows.ts';
import { claimTarget, emptyTarget, inspectTarget, releaseTarget } from './target.ts';

export interface MoveProgress {
  readonly phase: 'copying' | 'verifying';
  readonly table: string;
  /** How many rows are done, of all tables, and how many there are. */
  readonly done: number;
  readonly total: number;
}

export interface MoveOptions {
  onProgress?(progress: MoveProgress): void;
  /** How many rows are copied in one transaction. */
  readonly pageSize?: number;
}

/** One side of a table after a move. */
export interface TableSide extends Checksum {
  /** The largest id ever issued; undefined if the table issues none. */
  readonly largestId: number | undefined;
}

export interface TableReport {
  readonly name: string;
  readonly source: TableSide;
  readonly target: TableSide;
  readonly isEqual: boolean;
}

export interface MoveReport {
  readonly tables: readonly TableReport[];
  /** How many rows an earlier move, which was broken off, had copied. */
  readonly rowsKept: number;
  readonly isEqual: boolean;
}

/**
 * Copies all data of a database into an empty one, of either engine, and compares the copy. Until it ends nobody can
 * write to the source: its tables are locked, so the copy is the source at one moment, and the source stays at it.
 *
 * A move that was broken off goes on where it was: what the target has is compared first, and copied again if the
 * source has changed since. No server starts on a target until all is equal.
 *
 * @throws MoveError if the target has other data, MigrationError if another program made it
 */
export async function moveDatabase(
  source: Database,
  target: Database,
  options: MoveOptions = {},
): Promise<MoveReport> {
  const state = await inspectTarget(target, source.location);
  if (state === 'empty') await claimTarget(target, source.location);
  const tables = await findMovedTables(source);
  const report = await source.transact(async (trx) => {
    await lockTables(trx, source, tables);
    const counts = await countAll(trx, tables);
    const sides: Sides = { trx, source, target, counts, options };
    const rowsKept = state === 'empty' ? 0 : await keepEqualRows(sides, tables);
    await copyTables(sides, tables);
    return { rowsKept, ...(await verify(sides, tables)) };
  });
  if (report.isEqual) await releaseTarget(target);
  return report;
}

interface Sides {
  /** The transaction that holds the source still. */
  readonly trx: Db;
  readonly source: Database;
  readonly target: Database;
  readonly counts: ReadonlyMap<string, number>;
  readonly options: MoveOptions;
}

/** On SQLite the transaction, which began as a writing one, keeps every other writer out. */
async function lockTables(trx: Db, { engine }: Database, tables: readonly MovedTable[]) {
  if (engine === 'sqlite') return;
  await sql`set local lock_timeout = '10s'`.execute(trx);
  await sql`set local idle_in_transaction_session_timeout = 0`.execute(trx);
  const names = sql.join(tables.map(({ name }) => sql.table(name)));
  await sql`lock table ${names} in share mode`.execute(trx);
}

async function countAll(trx: Db, tables: readonly MovedTable[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const table of tables) counts.set(table.name, await countRows(trx, table));
  return counts;
}

/**
 * Compares what an earlier move has left with the beginnings of the source's tables. Where anything
 * differs the target is emptied.
 *
 * @returns how many rows were kept
 */
async function keepEqualRows(sides: Sides, tables: readonly MovedTable[]): Promise<number> {
  const { trx, target } = sides;
  let kept = 0;
  for (const table of tables) {
    const there = await checksumRows(readRows(target.db, table));
    const here = await checksumRows(readRows(trx, table, { limit: there.rows }));
    if (here.sha256 !== there.sha256) {
      await emptyTarget(target, tables);
      return 0;
    }
    kept += there.rows;
  }
  return kept;
}

/** Notes rows as they are done. */
function counter({ counts, options }: Sides, phase: MoveProgress['phase'], sideCount: number) {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0) * sideCount;
  let done = 0;
  return (table: string, rows: number) => {
    done += rows;
    options.onProgress?.({ phase, table, done, total });
  };
}

async function copyTables(sides: Sides, tables: readonly MovedTable[]): Promise<void> {
  const { trx, source, target } = sides;
  const { pageSize } = sides.options;
  const count = counter(sides, 'copying', 1);
  for (const table of tables) {
    const after = await findLastKey(target, table);
    if (after) count(table.name, await countRows(target.db, table));
    for await (const page of readRows(trx, table, { after, pageSize })) {
      await target.transact((into) => writeRows(into, target, table, page));
      count(table.name, page.length);
    }
    if (!table.isNumbered) continue;
    const largest = await largestIdEver(trx, source, table.name);
    await target.transact((into) => continueIdsAfter(into, target, table.name, largest));
  }
}

/** Reads both sides again, one after the other. */
async function verify(
  sides: Sides,
  tables: readonly MovedTable[],
): Promise<Pick<MoveReport, 'tables' | 'isEqual'>> {
  const { trx, source, target } = sides;
  const count = counter(sides, 'verifying', 2);
  const readSide = async (db: Db, database: Database, table: MovedTable): Promise<TableSide> => {
    const pages = counted(readRows(db, table), (rows) => count(table.name, rows));
    const largestId = table.isNumbered ? await largestIdEver(db, database, table.name) : undefined;
    return { ...(await checksumRows(pages)), largestId };
  };
  const reports: TableReport[] = [];
  for (const table of tables) {
    const from = await readSide(trx, source, table);
    const to = await readSide(target.db, target, table);
    const isEqual =
      from.rows === to.rows && from.sha256 === to.sha256 && from.largestId === to.largestId;
    reports.push({ name: table.name, source: from, target: to, isEqual });
  }
  return { tables: reports, isEqual: reports.every((report) => report.isEqual) };
}

async function* counted<T>(pages: AsyncIterable<T[]>, note: (rows: number) => void) {
  for await (const page of pages) {
    note(page.length);
    yield page;
  }
}
