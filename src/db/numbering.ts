import { sql } from 'kysely';
import type { Database, Db } from './database.ts';

/** The largest `id` that a table has ever given out, also where its row is gone; 0: none. */
export async function largestIdEver(
  db: Db,
  { engine }: Pick<Database, 'engine'>,
  table: string,
): Promise<number> {
  const { rows: stored } = await sql<{
    id: number | null;
  }>`select max(id) as id from ${sql.table(table)}`.execute(db);
  const { rows: given } = await (engine === 'sqlite'
    ? sql<{ id: number }>`select seq as id from sqlite_sequence where name = ${table}`
    : sql<{ id: number }>`
        select case when is_called then last_value else 0 end as id
        from ${sql.raw(await sequenceOf(db, table))}`
  ).execute(db);
  return Math.max(stored[0]?.id ?? 0, given[0]?.id ?? 0);
}

/** Lets a table go on with the id after this one. To be asked where nobody else adds rows. */
export async function continueIdsAfter(
  db: Db,
  { engine }: Pick<Database, 'engine'>,
  table: string,
  id: number,
): Promise<void> {
  if (id === 0) return;
  if (engine === 'sqlite') {
    await sql`delete from sqlite_sequence where name = ${table}`.execute(db);
    await sql`insert into sqlite_sequence (name, seq) values (${table}, ${id})`.execute(db);
  } else {
    const sequence = await sequenceOf(db, table);
    await sql`select setval(cast(${sequence} as regclass), ${sql.lit(id)})`.execute(db);
  }
}

/** The name of the sequence behind an identity column, quoted. */
async function sequenceOf(db: Db, table: string): Promise<string> {
  const { rows } = await sql<{
    name: string;
  }>`select pg_get_serial_sequence(${table}, 'id') as name`.execute(db);
  return String(rows[0]?.name);
}

/** Lets nobody else add rows to a table until the transaction ends, so that its numbering can be changed. */
export async function lockNumbering(
  trx: Db,
  { engine }: Pick<Database, 'engine'>,
  table: string,
): Promise<void> {
  if (engine === 'sqlite') return; // a transaction keeps every other writer out
  await sql`lock table ${sql.table(table)} in share row exclusive mode`.execute(trx);
}
