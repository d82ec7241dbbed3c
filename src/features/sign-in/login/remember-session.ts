import type { Db } from '../../../db/database.ts';
import { rememberDevice } from '../factors/index.ts';
import type { SessionDeps, SessionOrigin, StartedSession } from '../sessions/index.ts';
import { rememberSecondsOf } from './sign-in-flows.ts';

/** Remembers the device of a session in the transaction that starts it. Gives the token that the device keeps, if it does. */
type Remember = (
  trx: Db,
  session: StartedSession,
  origin: SessionOrigin,
) => Promise<string | undefined>;

/**
 * Whether the device of a sign-in with a factor is to be remembered: if that is asked for, and would have an effect
 * (`remember_for`). It is looked at before the transaction of the sign-in.
 *
 * @returns what remembers it, or does nothing
 */
export async function prepareRemember(
  deps: SessionDeps,
  userId: number,
  isAskedFor: boolean,
): Promise<Remember> {
  const isOpen =
    isAskedFor && rememberSecondsOf(deps, await deps.sessions.factorPolicy.dueLevel(userId)) > 0;
  if (!isOpen) return async () => undefined;
  return (trx, { sessionId, startedAtMs: nowMs }, { device, ip }) => {
    const actor = { kind: 'user', id: userId, ip, sessionId } as const;
    return rememberDevice(trx, deps, { userId, sessionId, device, ip, actor, nowMs });
  };
}
