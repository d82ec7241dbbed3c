import { type RawBuilder, sql } from 'kysely';
import { batchInteger, batchItems, batchText } from '../../../db/batch.ts';
import type { Database, Db, SqliteDatabase } from '../../../db/database.ts';
import { prepareEach, prepareQuery } from '../../../db/prepared.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { maxGeneration } from './token-cipher.ts';

/** How sessions are refreshed: one after the other, or a batch of them in one statement. */

export interface Rotation {
  readonly sessionId: number;
  readonly generation: number;
  readonly nowMs: number;
  /** When it will end unless it is refreshed again. */
  readonly expiresAtMs: number;
  /** How old it may get at all; 0: any age. */
  readonly maxAgeMs: number;
  /** The hash of the key that a retry will repeat. */
  readonly retryKey: string | null;
}

export interface RotatedSession {
  readonly sessionId: number;
  /** That of the token that was presented, so that each call finds its row. */
  readonly generation: number;
  readonly userId: number;
  readonly impersonatorId: number | null;
  readonly expiresAtMs: number;
  readonly createdAtMs: number;
  readonly authenticatedAtMs: number | null;
  readonly authLevel: AuthLevel;
  readonly amr: string | null;
}

const rotatedColumns = [
  'sessions.id as sessionId',
  sql<number>`sessions.generation - 1`.as('generation'),
  'sessions.user_id as userId',
  'sessions.impersonator_id as impersonatorId',
  'sessions.expires_at_ms as expiresAtMs',
  'sessions.created_at_ms as createdAtMs',
  'sessions.authenticated_at_ms as authenticatedAtMs',
  'sessions.auth_level as authLevel',
  'sessions.amr',
] as const;

/** The values that a session is refreshed with, wherever a statement has them from. */
type RotationSource = { readonly [Name in keyof Rotation]: RawBuilder<Rotation[Name]> };

/**
 * Refreshes a session only if it lives, its user is active, and it still is of the generation that its
 * token names: a compare-and-swap. An impersonation is refreshed as well, but its end stays.
 */
function rotateQuery(db: Db, item: RotationSource, batch?: ReturnType<typeof batchItems>) {
  const { nowMs, expiresAtMs, maxAgeMs } = item;
  return (
    db
      .updateTable('sessions')
      .$if(batch !== undefined, (update) => update.from(batch as NonNullable<typeof batch>))
      .set({
        generation: sql`sessions.generation + 1`,
        refreshed_at_ms: nowMs,
        expires_at_ms: sql`case
          when sessions.impersonator_id is not null then sessions.expires_at_ms
          when ${maxAgeMs} > 0 and sessions.created_at_ms + ${maxAgeMs} < ${expiresAtMs}
          then sessions.created_at_ms + ${maxAgeMs} else ${expiresAtMs} end`,
        retry_key: item.retryKey,
      })
      .where('sessions.id', '=', item.sessionId)
      .where('sessions.generation', '=', item.generation)
      .where('sessions.generation', '<', maxGeneration)
      .where('sessions.expires_at_ms', '>', nowMs)
      .where('sessions.ended_at_ms', 'is', null)
      .where((eb) =>
        eb.or([
          eb(maxAgeMs, '=', 0),
          eb(sql<number>`sessions.created_at_ms + ${maxAgeMs}`, '>', nowMs),
        ]),
      )
      // The index of deactivated users is small, and at hand; the row of each user is not. SQLite takes
      // the index for `between`, and where it says `0` as the index does; with `=` it reads the row.
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('users')
              .select('users.id')
              .where('users.is_active', '=', sql.lit(0))
              .where(({ between, ref }) =>
                between('users.id', ref('sessions.user_id'), ref('sessions.user_id')),
              ),
          ),
        ),
      )
      .returning(rotatedColumns)
  );
}

/** Refreshes the sessions of a batch in one statement; returns those that it has refreshed, in any order. */
export function prepareRotateSessions(database: Database) {
  const rotate = prepareQuery<{ batch: string }, RotatedSession>(database, (param) =>
    rotateQuery(
      database.db,
      {
        sessionId: batchInteger(0),
        generation: batchInteger(1),
        nowMs: batchInteger(2),
        expiresAtMs: batchInteger(3),
        maxAgeMs: batchInteger(4),
        retryKey: batchText(5),
      },
      batchItems(database, param('batch')),
    ),
  );
  return (batch: readonly Rotation[]) => rotate({ batch: rotationJson(batch) });
}

/**
 * Refreshes the sessions of a batch one by one, in one transaction; returns the row of each, undefined if it was not
 * refreshed.
 */
export function prepareRotateEach(database: SqliteDatabase) {
  return prepareEach<Rotation, RotatedSession>(database, (param) =>
    rotateQuery(database.db, {
      sessionId: sql`${param('sessionId')}`,
      generation: sql`${param('generation')}`,
      nowMs: sql`${param('nowMs')}`,
      expiresAtMs: sql`${param('expiresAtMs')}`,
      maxAgeMs: sql`${param('maxAgeMs')}`,
      retryKey: sql`${param('retryKey')}`,
    }),
  );
}

function rotationJson(batch: readonly Rotation[]): string {
  return JSON.stringify(
    batch.map((item) => [
      item.sessionId,
      item.generation,
      item.nowMs,
      item.expiresAtMs,
      item.maxAgeMs,
      item.retryKey,
    ]),
  );
}

/** The sessions of a batch that it has refreshed: by the same call, at the same moment. */
export function prepareFindRotated(database: Database) {
  const find = prepareQuery<{ batch: string }, RotatedSession>(database, (param) =>
    database.db
      .selectFrom(batchItems(database, param('batch')))
      .innerJoin('sessions', (join) => join.on('sessions.id', '=', batchInteger(0)))
      .where(sql<number>`sessions.generation - 1`, '=', batchInteger(1))
      .where('sessions.refreshed_at_ms', '=', batchInteger(2))
      .where('sessions.retry_key', 'is not distinct from', batchText(5))
      .where('sessions.ended_at_ms', 'is', null)
      .select(rotatedColumns),
  );
  return (batch: readonly Rotation[]) => find({ batch: rotationJson(batch) });
}
