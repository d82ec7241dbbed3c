import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { compiledOnce, prepareQuery } from '../../../db/prepared.ts';

/** How often something was counted, in a window that ends at a moment. */
export interface RateCount {
  readonly key: string;
  readonly events: number;
  readonly endsAtMs: number;
}

/** Events to be counted. */
export interface NewEvents {
  readonly key: string;
  readonly events: number;
  /** The end of the window that begins with them, if there is none yet. */
  readonly endsAtMs: number;
  /** Of a key with as many nothing is counted any more; absent: everything is. */
  readonly allowed?: number;
}

/** Nodes whose clocks differ by less count in the same window. */
const clockSkewMs = 60_000;

/**
 * Whether a window is over, where events are added to it. The second condition: a clock was set back. That must not keep
 * anybody out.
 */
const isOverBy = (nowMs: RawBuilder<unknown>, endsAtMs: RawBuilder<unknown>) =>
  sql<boolean>`(${endsAtMs} <= ${nowMs} or ${endsAtMs} > excluded.ends_at_ms + ${sql.lit(clockSkewMs)})`;

/** The windows of some keys that are not over. */
export function prepareFindRateCounts(database: Database) {
  const find = prepareQuery<{ batch: string; nowMs: number }, RateCount>(database, (param) =>
    database.db
      .selectFrom(batchItems(database, param('batch')))
      .innerJoin('rate_counts', (join) => join.on('rate_counts.key', '=', batchText(0)))
      .where('ends_at_ms', '>', param('nowMs'))
      .select(['key', 'events', 'ends_at_ms as endsAtMs']),
  );
  return (keys: readonly string[], nowMs: number) =>
    find({ batch: JSON.stringify(keys.map((key) => [key])), nowMs });
}

/**
 * Adds events to their windows, or begins a window with them if there is none. It is one statement: of any number of
 * nodes that count one key at once, none counts past the limit.
 *
 * @param news at most one of each key
 * @returns the count now, of each key that was not at its limit
 */
export async function addRateCounts(
  database: Database,
  news: readonly NewEvents[],
  nowMs: number,
): Promise<RateCount[]> {
  const rows = news.map(({ key, events, endsAtMs, allowed }) => [
    key,
    events,
    endsAtMs,
    allowed ?? Number.MAX_SAFE_INTEGER,
  ]);
  const isOver = isOverBy(sql`${nowMs}`, sql`counted.ends_at_ms`);
  const orNew = (column: RawBuilder<number>, fresh: RawBuilder<number>) =>
    sql<number>`case when ${isOver} then ${fresh} else ${column} end`;
  const query = sql<RateCount>`
    with item as materialized (
      select ${batchText(0)} as key, ${batchInteger(1)} as events, ${batchInteger(2)} as ends_at_ms,
        ${batchInteger(3)} as allowed
      from ${batchItems(database, JSON.stringify(rows))}
    )
    insert into rate_counts as counted (key, events, ends_at_ms)
    select key, events, ends_at_ms from item where true order by key
    on conflict (key) do update set
      events = ${orNew(sql`counted.events + excluded.events`, sql`excluded.events`)},
      ends_at_ms = ${orNew(sql`counted.ends_at_ms`, sql`excluded.ends_at_ms`)}
    where ${isOver} or counted.events < (select allowed from item where item.key = excluded.key)
    returning key, events, ends_at_ms as "endsAtMs"`;
  return database.run(query.compile(database.db));
}

interface StoredEvent {
  readonly key: string;
  readonly nowMs: number;
  /** The end of the window that begins with it, if there is none yet. */
  readonly endsAtMs: number;
  /** With as many in the window nothing is counted any more. */
  readonly allowed: number;
}

const countEvent = compiledOnce<StoredEvent, { endsAtMs: number }>((db, param) => {
  const isOver = isOverBy(sql`${param('nowMs')}`, sql`rate_counts.ends_at_ms`);
  return db
    .insertInto('rate_counts')
    .values({ key: param('key'), events: sql.lit(1), ends_at_ms: param('endsAtMs') })
    .onConflict((conflict) =>
      conflict
        .column('key')
        .doUpdateSet({
          events: sql`case when ${isOver} then 1 else rate_counts.events + 1 end`,
          ends_at_ms: sql`case when ${isOver} then excluded.ends_at_ms else rate_counts.ends_at_ms end`,
        })
        .where(sql<boolean>`${isOver} or rate_counts.events < ${param('allowed')}`),
    )
    .returning('ends_at_ms as endsAtMs');
});

/**
 * Counts one event by one statement, so that parallel requests on any nodes never count more than is allowed. For bounds
 * that are not settings, and hold while limits are off.
 *
 * @returns the end of its window; undefined: there are as many as are allowed
 */
export async function countStored(db: Db, event: StoredEvent): Promise<number | undefined> {
  const { rows } = await countEvent(db, event);
  return rows[0]?.endsAtMs;
}

interface CountedEvent {
  readonly key: string;
  readonly endsAtMs: number;
}

const deleteOnlyEvent = compiledOnce<CountedEvent, unknown>((db, param) =>
  db
    .deleteFrom('rate_counts')
    .where('key', '=', param('key'))
    .where('ends_at_ms', '=', param('endsAtMs'))
    .where('events', '=', 1),
);

/**
 * Takes an event back that `countStored` has counted in a window which ends at a moment. No window stays that has counted
 * nothing else: there is one for each right code, and the windows of limits would be forgotten for them.
 */
export async function uncountStored(db: Db, key: string, endsAtMs: number): Promise<void> {
  const { numAffectedRows = 0n } = await deleteOnlyEvent(db, { key, endsAtMs });
  if (numAffectedRows > 0n) return;
  await db
    .updateTable('rate_counts')
    .set({ events: sql<number>`events - 1` })
    .where('key', '=', key)
    .where('ends_at_ms', '=', endsAtMs)
    .where('events', '>', 0)
    .execute();
}

/** When the window ends in which `countStored` has counted; undefined: there is none. */
export async function findStoredEnd(db: Db, key: string): Promise<number | undefined> {
  const row = await db
    .selectFrom('rate_counts')
    .select('ends_at_ms as endsAtMs')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.endsAtMs;
}

export function deleteRateCount(db: Db, key: string) {
  return db.deleteFrom('rate_counts').where('key', '=', key).execute();
}

/**
 * Removes windows that are over, some at a time.
 *
 * @returns how many there were
 */
export async function deleteEndedRateCounts(db: Db, nowMs: number, limit: number): Promise<number> {
  const ended = await db
    .selectFrom('rate_counts')
    .select('key')
    .where('ends_at_ms', '<=', nowMs)
    .orderBy('ends_at_ms')
    .limit(limit)
    .execute();
  if (ended.length === 0) return 0;
  await db
    .deleteFrom('rate_counts')
    .where('ends_at_ms', '<=', nowMs)
    .where(
      'key',
      'in',
      ended.map(({ key }) => key),
    )
    .execute();
  return ended.length;
}

/** Removes all but the windows that end last. */
export async function keepRateCounts(db: Db, count: number): Promise<void> {
  const [first] = await db
    .selectFrom('rate_counts')
    .select('ends_at_ms')
    .orderBy('ends_at_ms', 'desc')
    .offset(count)
    .limit(1)
    .execute();
  if (!first) return;
  await db.deleteFrom('rate_counts').where('ends_at_ms', '<=', first.ends_at_ms).execute();
}
