import { sql } from 'kysely';
import { batchInteger, batchItems } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';
import type { EndCause } from '../../../errors/index.ts';

export interface LogOut {
  readonly sessionId: number;
  readonly generation: number;
  readonly nowMs: number;
}

export interface LoggedOutSession {
  readonly sessionId: number;
  readonly generation: number;
  readonly userId: number;
  readonly impersonatorId: number | null;
}

const loggedOutColumns = [
  'sessions.id as sessionId',
  'sessions.generation',
  'sessions.user_id as userId',
  'sessions.impersonator_id as impersonatorId',
] as const;

/** Why a session ends that is logged out of, as a code of the error table. */
export function causeOfLogOut({
  impersonatorId,
}: Pick<LoggedOutSession, 'impersonatorId'>): EndCause {
  return impersonatorId === null ? 'logged_out' : 'impersonation_ended';
}

const logOutCause = sql<EndCause>`case
  when sessions.impersonator_id is null then 'logged_out' else 'impersonation_ended' end`;

/** Ends the sessions of a batch, each only if it lives and is of the generation that its token names. */
export function logOutSessions(
  database: Database,
  trx: Db,
  batch: readonly LogOut[],
): Promise<LoggedOutSession[]> {
  return trx
    .updateTable('sessions')
    .from(batchItems(database, logOutJson(batch)))
    .set({ ended_at_ms: batchInteger(2), end_cause: logOutCause })
    .where('sessions.id', '=', batchInteger(0))
    .where('sessions.generation', '=', batchInteger(1))
    .where('sessions.expires_at_ms', '>', batchInteger(2))
    .where('sessions.ended_at_ms', 'is', null)
    .returning(loggedOutColumns)
    .execute();
}

function logOutJson(batch: readonly LogOut[]): string {
  return JSON.stringify(batch.map((end) => [end.sessionId, end.generation, end.nowMs]));
}

/** The sessions of a batch that it has ended: by the same token, at the same moment. */
export function prepareFindLoggedOut(database: Database) {
  const find = prepareQuery<{ batch: string }, LoggedOutSession>(database, (param) =>
    database.db
      .selectFrom(batchItems(database, param('batch')))
      .innerJoin('sessions', (join) => join.on('sessions.id', '=', batchInteger(0)))
      .where('sessions.generation', '=', batchInteger(1))
      .where('sessions.ended_at_ms', '=', batchInteger(2))
      .where('sessions.end_cause', 'in', ['logged_out', 'impersonation_ended'])
      .select(loggedOutColumns),
  );
  return (batch: readonly LogOut[]) => find({ batch: logOutJson(batch) });
}
