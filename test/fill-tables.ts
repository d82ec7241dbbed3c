import { sql } from 'kysely';
import type { Database } from '../src/db/database.ts';

/** The tables of a SQLite database, those of the migrations themselves aside. */
export async function tablesOf(database: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select name from sqlite_schema where type = 'table' and name not like 'sqlite%'
      and name not like 'schema_migrations%' order by name`.execute(database.db);
  return rows.map(({ name }) => name);
}

/** Puts rows into every table: all numbers are the row's own, so that they refer to rows that are there. */
export async function fillTables(database: Database, rowsPerTable: number): Promise<void> {
  const tables = await tablesOf(database);
  await database.db.transaction().execute(async (trx) => {
    await sql`pragma defer_foreign_keys = on`.execute(trx);
    for (const table of tables) {
      const { rows: columns } = await sql<{ name: string; type: string }>`
        select name, type from pragma_table_info(${table})`.execute(trx);
      for (let row = 1; row <= rowsPerTable; row += 1) {
        const values = columns.map(({ name, type }) =>
          type === 'text' ? `${table}.${name} ${row}` : row,
        );
        await sql`insert into ${sql.table(table)} values (${sql.join(values)})`.execute(trx);
      }
    }
  });
}
