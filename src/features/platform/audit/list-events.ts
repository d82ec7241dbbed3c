import type { Database } from '../../../db/database.ts';
import { type Position, readCursor, writeCursor } from '../../../http/cursor.ts';
import type { EventRow } from './audit.queries.ts';
import {
  type EventFilter,
  type EventKey,
  findEventAhead,
  findEvents,
  findEventsAfter,
  isMixed,
} from './list-events.queries.ts';

export type { EventFilter };

/** An event as people and programs read it. */
export interface ListedEvent {
  readonly id: number;
  readonly at: string;
  readonly kind: string;
  readonly actor: {
    readonly kind: string;
    readonly id: number | null;
    readonly name: string | null;
  };
  readonly user_id: number | null;
  readonly session_id: number | null;
  readonly ip: string | null;
  readonly details: Record<string, unknown>;
  /** Its place in the chain; null until it is sealed. */
  readonly sequence: number | null;
}

export interface EventPage {
  readonly events: readonly ListedEvent[];
  readonly nextCursor: string | undefined;
}

/** How many events one query looks at where several filters are set: some milliseconds. */
const stretch = 2_000;
/** And how many of those one page takes. Past that it is shorter than it could be, and the list goes on. */
const maxStretches = 10;

/**
 * One page of events, the newest first.
 *
 * @throws AppError `invalid_fields` for a cursor of another list
 */
export async function listEvents(
  { database: { db } }: { readonly database: Database },
  filter: EventFilter,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<EventPage> {
  const list = `audit ${JSON.stringify(filter)}`;
  const isKey = (position: Position) => isKeyBefore(position, filter.untilMs);
  let after = cursor === undefined ? undefined : keyOf(readCursor(list, cursor, isKey));
  const rows: EventRow[] = [];
  for (let stretches = 0; stretches < maxStretches; stretches += 1) {
    const page = { after, limit: limit + 1 - rows.length, lookAt: stretch };
    rows.push(...(await findEvents(db, filter, page)));
    if (rows.length > limit) {
      const last = rows[limit - 1] as EventRow;
      return pageOf(rows.slice(0, limit), writeCursor(list, [last.atMs, last.id]));
    }
    const end = isMixed(filter) && (await findEventAhead(db, filter, after, stretch));
    if (!end) return pageOf(rows, undefined);
    after = { atMs: end.atMs, id: end.id };
  }
  return pageOf(rows, after && writeCursor(list, [after.atMs, after.id]));
}

function isKeyBefore([atMs, id, ...rest]: Position, untilMs = Number.POSITIVE_INFINITY): boolean {
  return typeof atMs === 'number' && atMs < untilMs && typeof id === 'number' && rest.length === 0;
}

function keyOf([atMs, id]: Position): EventKey {
  return { atMs: atMs as number, id: id as number };
}

function pageOf(rows: readonly EventRow[], nextCursor: string | undefined): EventPage {
  return { events: rows.map(shown), nextCursor };
}

function shown(row: EventRow): ListedEvent {
  return {
    id: row.id,
    at: new Date(row.atMs).toISOString(),
    kind: row.kind,
    actor: { kind: row.actorKind, id: row.actorId, name: row.actorName },
    user_id: row.userId,
    session_id: row.sessionId,
    ip: row.ip,
    details: detailsOf(row.details),
    sequence: row.sequence,
  };
}

/** Somebody may have written to the table: a value that is not an object must not hide the rest of the list. */
function detailsOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // shown as it is
  }
  return { unreadable: text };
}

/**
 * The sealed events after one, in the order of the chain. An event gets its place when it is sealed, about a second
 * after it was stored. So a reader who asks for the events after the last one misses none, which going by times
 * cannot promise.
 *
 * @param after a `sequence`; 0: from the first that is there
 */
export async function followEvents(
  { database: { db } }: { readonly database: Database },
  { after, limit }: { after: number; limit: number },
): Promise<ListedEvent[]> {
  return (await findEventsAfter(db, after, limit)).map(shown);
}

/**
 * Events as lines of JSON, some hundred at a time. The next ones are read when they are asked for: a slow reader
 * occupies no connection and no memory, and one who is gone asks no more.
 */
export async function* exportEvents(
  deps: { readonly database: Database },
  filter: EventFilter,
): AsyncGenerator<string> {
  let cursor: string | undefined;
  do {
    const page = await listEvents(deps, filter, { limit: 500, cursor });
    if (page.events.length > 0) {
      yield page.events.map((event) => `${JSON.stringify(event)}\n`).join('');
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
}
