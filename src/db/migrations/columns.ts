import type { ColumnDefinitionBuilder } from 'kysely';

/** A key of integers that are never used again, not even after the newest row is deleted. */
export const idColumn: ['integer', (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder] = [
  'integer',
  (column) => column.primaryKey().autoIncrement(),
];
