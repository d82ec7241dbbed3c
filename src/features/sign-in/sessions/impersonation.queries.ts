import type { Db } from '../../../db/database.ts';
import type { SessionOrigin } from './sessions.queries.ts';

export function insertImpersonation(
  trx: Db,
  session: {
    userId: number;
    impersonatorId: number;
    startedAtMs: number;
    expiresAtMs: number;
  } & SessionOrigin,
): Promise<{ id: number }> {
  return trx
    .insertInto('sessions')
    .values({
      user_id: session.userId,
      impersonator_id: session.impersonatorId,
      created_at_ms: session.startedAtMs,
      refreshed_at_ms: session.startedAtMs,
      expires_at_ms: session.expiresAtMs,
      address: session.address,
      device: session.device,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
}
