import type { ReferenceExpression } from 'kysely';
import type { Db } from '../../../db/database.ts';
import type { Schema } from '../../../db/schema.ts';
import { eventColumns } from './audit.queries.ts';

/** Which events; what is undefined leaves all of them. */
export interface EventFilter {
  readonly kind?: string | undefined;
  readonly userId?: number | undefined;
  readonly actorId?: number | undefined;
  readonly ip?: string | undefined;
  /** From this moment on, and before that one. */
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/** Where a list is: the newest come first. */
export interface EventKey {
  readonly atMs: number;
  readonly id: number;
}

type Filtered = readonly [ReferenceExpression<Schema, 'audit_events'>, string | number][];

/** The filters that are set, those first that leave the fewest. */
function filtersOf({ userId, ip, actorId, kind }: EventFilter): Filtered {
  const all = [
    ['user_id', userId],
    ['ip', ip],
    ['actor_id', actorId],
    ['kind', kind],
  ] as const;
  return all.flatMap(([column, value]) => (value === undefined ? [] : [[column, value] as const]));
}

/** Whether a query would have to look at events that do not pass. */
export function isMixed(filter: EventFilter): boolean {
  return filtersOf(filter).length > 1;
}

/** The events along the one index that leaves the fewest, the newest first. */
function along(db: Db, filter: EventFilter, after: EventKey | undefined) {
  let query = db.selectFrom('audit_events').orderBy('at_ms', 'desc').orderBy('id', 'desc');
  const [first] = filtersOf(filter);
  if (first) query = query.where(first[0], '=', first[1]);
  if (filter.sinceMs !== undefined) query = query.where('at_ms', '>=', filter.sinceMs);
  // One upper bound only: SQLite begins at one of several, whichever, and looks at all down to the other.
  if (after) {
    return query.where((eb) => eb(eb.refTuple('at_ms', 'id'), '<', eb.tuple(after.atMs, after.id)));
  }
  return filter.untilMs === undefined ? query : query.where('at_ms', '<', filter.untilMs);
}

/** Events that pass, among the next so many of the index. */
export function findEvents(
  db: Db,
  filter: EventFilter,
  page: { after: EventKey | undefined; limit: number; lookAt: number },
) {
  const [, ...others] = filtersOf(filter);
  if (others.length === 0) {
    return along(db, filter, page.after).select(eventColumns).limit(page.limit).execute();
  }
  let query = db
    .selectFrom(along(db, filter, page.after).selectAll().limit(page.lookAt).as('audit_events'))
    .select(eventColumns)
    .orderBy('at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit);
  for (const [column, value] of others) query = query.where(column, '=', value);
  return query.execute();
}

/** The event that many places further along the index; undefined if there are not as many. */
export function findEventAhead(
  db: Db,
  filter: EventFilter,
  after: EventKey | undefined,
  places: number,
) {
  return along(db, filter, after)
    .select(['at_ms as atMs', 'id'])
    .limit(1)
    .offset(places - 1)
    .executeTakeFirst();
}

/** Sealed events, in the order of the chain. */
export function findEventsAfter(db: Db, sequence: number, limit: number) {
  return db
    .selectFrom('audit_events')
    .select(eventColumns)
    .where('sequence', '>', sequence)
    .orderBy('sequence')
    .limit(limit)
    .execute();
}
