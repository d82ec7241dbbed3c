import { createHash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../batch.ts';
import { byteOrder } from '../byte-order.ts';
import type { Database, Db } from '../database.ts';
import type { Column, MovedTable } from './moved-tables.ts';

/** A row's values, in the order of its table's columns. */
type Row = readonly (string | number | null)[];
type Key = readonly (string | number)[];

/** Some milliseconds of work, and one commit on the other side. */
const defaultPageSize = 2_000;

interface Stretch {
  /** Begins after this key; undefined: at the beginning. */
  readonly after?: Key | undefined;
  /** How many rows at most. */
  readonly limit?: number;
  readonly pageSize?: number | undefined;
}

/** Reads a table in the order of its key, a page at a time. */
export async function* readRows(
  db: Db,
  table: MovedTable,
  { after, limit = Number.POSITIVE_INFINITY, pageSize = defaultPageSize }: Stretch = {},
): AsyncGenerator<Row[]> {
  const { name, columns } = table;
  const keys = keyColumns(db, table);
  const places = table.key.map((key) => columns.findIndex((column) => column.name === key));
  const chosen = sql.join(columns.map((column) => sql.ref(column.name)));
  let last = after;
  for (let left = limit; left > 0; ) {
    const size = Math.min(left, pageSize);
    const { rows } = await sql<Record<string, string | number | null>>`
      select ${chosen} from ${sql.table(name)} where ${last ? isAfter(keys, last) : sql`true`}
      order by ${sql.join(keys)} limit ${sql.lit(size)}`.execute(db);
    const page = rows.map((row) => columns.map((column) => row[column.name] ?? null));
    if (page.length > 0) yield page;
    if (page.length < size) return;
    left -= page.length;
    last = places.map((place) => page.at(-1)?.[place] ?? '');
  }
}

function keyColumns(db: Db, { key, columns }: MovedTable): RawBuilder<unknown>[] {
  return key.map((name) => {
    const isInteger = columns.some((column) => column.name === name && column.isInteger);
    return isInteger ? sql.ref(name) : byteOrder(db, name);
  });
}

/** `(a, b) > (x, y)`, in a form that every index on `a` serves. */
function isAfter(
  keys: readonly RawBuilder<unknown>[],
  [value, ...values]: Key,
): RawBuilder<unknown> {
  const [key = sql`null`, ...others] = keys;
  if (others.length === 0) return sql`${key} > ${value}`;
  return sql`${key} >= ${value} and (${key} > ${value} or (${isAfter(others, values)}))`;
}

/** The key of the last row of a table; undefined if it is empty. */
export async function findLastKey({ db }: Database, table: MovedTable): Promise<Key | undefined> {
  const keys = keyColumns(db, table);
  const { rows } = await sql<Record<string, string | number>>`
    select ${sql.join(table.key.map((key) => sql.ref(key)))} from ${sql.table(table.name)}
    order by ${sql.join(keys.map((key) => sql`${key} desc`))} limit 1`.execute(db);
  const [row] = rows;
  return row && table.key.map((key) => row[key] ?? '');
}

/** Adds rows to a table as they are, their ids included. */
export async function writeRows(
  trx: Db,
  database: Database,
  { name, columns, isNumbered }: MovedTable,
  rows: readonly Row[],
): Promise<void> {
  const read = ({ isInteger }: Column, index: number) =>
    isInteger ? batchInteger(index) : batchText(index);
  const ownIds = isNumbered && database.engine === 'postgres';
  await sql`
    insert into ${sql.table(name)} (${sql.join(columns.map((column) => sql.ref(column.name)))})
    ${ownIds ? sql`overriding system value` : sql``}
    select ${sql.join(columns.map(read))} from ${batchItems(database, JSON.stringify(rows))}
    where true`.execute(trx);
}

export async function countRows(db: Db, { name }: { name: string }): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(
    db,
  );
  return Number(rows[0]?.n ?? 0);
}

export interface Checksum {
  readonly rows: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/**
 * The SHA-256 of a table's rows in the order of its key: each a JSON list of its values, in the order
 * of the names of its columns, and a line feed. Equal where, and only where, all rows are.
 */
export async function checksumRows(pages: AsyncIterable<readonly Row[]>): Promise<Checksum> {
  const hash = createHash('sha256');
  let rows = 0;
  for await (const page of pages) {
    for (const row of page) hash.update(`${JSON.stringify(row)}\n`);
    rows += page.length;
  }
  return { rows, sha256: hash.digest('hex') };
}
