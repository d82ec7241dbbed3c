import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { rememberDevice } from '../factors/index.ts';
import type { SessionOrigin, StartedSession } from '../sessions/index.ts';

/**
 * Remembers the device of a session that has begun with a factor, in the transaction that starts it.
 *
 * @returns the token that the device keeps; undefined if devices are not remembered
 */
export function rememberSession(
  trx: Db,
  deps: Pick<Deps, 'settings'>,
  { userId, sessionId, startedAtMs: nowMs }: StartedSession,
  { device, ip }: SessionOrigin,
): Promise<string | undefined> {
  const actor = { kind: 'user', id: userId, ip, sessionId } as const;
  return rememberDevice(trx, deps, { userId, sessionId, device, ip, actor, nowMs });
}
