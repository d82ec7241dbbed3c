import { sql } from 'kysely';
import type { Database } from '../database.ts';
import { type MovedFate, tableFates } from '../tables.ts';

export interface Column {
  readonly name: string;
  readonly isInteger: boolean;
}

/** A table that a move copies. */
export interface MovedTable extends MovedFate {
  readonly name: string;
  /** In the order of their names, which is the same on both engines. */
  readonly columns: readonly Column[];
}

/** A table that a move leaves, and why. */
export interface LeftTable {
  readonly name: string;
  readonly reason: string;
}

export const leftTables: readonly LeftTable[] = Object.entries(tableFates).flatMap(
  ([name, fate]) => ('isLeft' in fate ? [{ name, reason: fate.isLeft }] : []),
);

interface ColumnRow {
  readonly table_name: string;
  readonly name: string;
  readonly type: string;
}

/**
 * The tables that a move copies, in the order of the list, with the columns that a database has.
 *
 * @throws Error if one has a type that a move does not know how to carry
 */
export async function findMovedTables({ db, engine }: Database): Promise<MovedTable[]> {
  const { rows } = await (engine === 'sqlite'
    ? sql<ColumnRow>`
        select s.name as table_name, c.name as name, c.type as type
        from sqlite_schema as s, pragma_table_info(s.name) as c where s.type = 'table'`
    : sql<ColumnRow>`
        select table_name, column_name as name, data_type as type
        from information_schema.columns where table_schema = current_schema()`
  ).execute(db);
  return Object.entries(tableFates).flatMap(([name, fate]) => {
    if ('isLeft' in fate) return [];
    const columns = rows.filter((row) => row.table_name === name).map(columnOf);
    return [{ name, ...fate, columns: columns.sort((a, b) => (a.name < b.name ? -1 : 1)) }];
  });
}

function columnOf({ table_name: table, name, type }: ColumnRow): Column {
  const kind = type.toLowerCase();
  if (kind !== 'text' && kind !== 'integer' && kind !== 'bigint') {
    throw new Error(`A move cannot carry ${table}.${name}: it knows no ${type}.`);
  }
  return { name, isInteger: kind !== 'text' };
}
