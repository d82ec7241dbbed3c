import type { Db } from '../../../db/database.ts';
import { rememberDevice } from '../factors/index.ts';
import type {
  Proof,
  SessionDeps,
  SessionOrigin,
  StartedSession,
  TokenPair,
} from '../sessions/index.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { type FlowTry, flowExpired, rememberSecondsOf } from './sign-in-flows.ts';

/** The tokens of a session, and that of its device where it is to be remembered. */
export interface RememberedPair extends TokenPair {
  readonly device_token?: string;
}

/** What ends a flow. */
interface FlowEnd {
  /** What the flow began with, and the factor that it waited for. */
  readonly proof: Proof;
  /** Whether the device is to be remembered. */
  readonly remember: boolean;
}

/**
 * Ends a flow with a proof that has a factor: one transaction spends both, starts the session, and remembers its device.
 *
 * @throws AppError as `finishSignIn`; `flow_expired` if the flow or its proof does not hold any more
 */
export async function finishFlow(
  deps: SessionDeps,
  tried: FlowTry,
  end: FlowEnd,
  origin: SessionOrigin,
): Promise<RememberedPair> {
  const remember = await prepareRemember(deps, tried.userId, end.remember);
  const from = { ...origin, isKnownDevice: tried.isKnownDevice };
  let deviceToken: string | undefined;
  const outcome = await finishSignIn(deps, end.proof, from, (start) =>
    deps.database.transact(async (trx) => {
      await tried.use(trx);
      const session = await start(trx);
      if (session) deviceToken = await remember(trx, session, origin);
      return session;
    }),
  );
  if (outcome.kind === 'outdated') throw flowExpired();
  return { ...outcome.tokens, ...(deviceToken !== undefined && { device_token: deviceToken }) };
}

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
async function prepareRemember(
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
