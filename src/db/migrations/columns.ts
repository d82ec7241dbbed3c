import type { ColumnDefinitionBuilder, Kysely } from 'kysely';
import { isPostgres } from '../engine.ts';

/** A key of integers that are never used again, not even after the newest row is deleted. */
export function idColumn(
  db: Kysely<unknown>,
): ['integer' | 'bigint', (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder] {
  return isPostgres(db)
    ? ['bigint', (column) => column.generatedAlwaysAsIdentity().primaryKey()]
    : ['integer', (column) => column.primaryKey().autoIncrement()];
}
