import { sql } from 'kysely';
import type { Database } from './database.ts';

/**
 * A batch of calls as rows of one statement, so that calls that arrive together cost one commit and
 * one round trip. It travels as one JSON value, a list of lists, on both engines.
 */

/** The rows of a batch: `item`, one for each call. */
export function batchItems({ engine }: Pick<Database, 'engine'>, batch: string) {
  return engine === 'sqlite'
    ? sql<{ value: string }>`json_each(${batch})`.as('item')
    : sql<{ value: string }>`jsonb_array_elements(cast(${batch} as jsonb))`.as<'item'>(
        sql`item(value)`,
      );
}

/** An integer of the row, by its place in the list. */
export function batchInteger(index: number) {
  return sql<number>`cast(item.value ->> ${sql.lit(index)} as bigint)`;
}

/** A text of the row, or null. */
export function batchText(index: number) {
  return sql<string | null>`item.value ->> ${sql.lit(index)}`;
}
