import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';

/** The counts of a stretch of a table, and its last id; null if it is empty. */
export interface StretchCount {
  readonly rows: number;
  /** How many of them live: users who are active, sessions that have not ended. */
  readonly live: number;
  readonly throughId: number | null;
}

interface CountRow {
  readonly rows: number;
  readonly live: number | null;
  readonly through_id: number | null;
}

function countOf(row: CountRow | undefined): StretchCount {
  return {
    rows: Number(row?.rows ?? 0),
    live: Number(row?.live ?? 0),
    throughId: row?.through_id ?? null,
  };
}

export async function countUsersAfter(
  db: Db,
  afterId: number,
  length: number,
): Promise<StretchCount> {
  const stretch = db
    .selectFrom('users')
    .select(['id', 'is_active'])
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(length)
    .as('stretch');
  const row = await db
    .selectFrom(stretch)
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .select(sql<number | null>`cast(sum(is_active) as bigint)`.as('live'))
    .select((eb) => eb.fn.max<number | null>('id').as('through_id'))
    .executeTakeFirst();
  return countOf(row);
}

export async function countSessionsAfter(
  db: Db,
  afterId: number,
  length: number,
  nowMs: number,
): Promise<StretchCount> {
  const stretch = db
    .selectFrom('sessions')
    .select(['id', 'ended_at_ms', 'expires_at_ms'])
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(length)
    .as('stretch');
  const row = await db
    .selectFrom(stretch)
    .select((eb) => eb.fn.countAll<number>().as('rows'))
    .select(
      sql<number | null>`cast(sum(
        case when ended_at_ms is null and expires_at_ms > ${nowMs} then 1 else 0 end
      ) as bigint)`.as('live'),
    )
    .select((eb) => eb.fn.max<number | null>('id').as('through_id'))
    .executeTakeFirst();
  return countOf(row);
}
