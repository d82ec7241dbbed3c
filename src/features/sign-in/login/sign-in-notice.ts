import type { Db } from '../../../db/database.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import {
  findSignInState,
  type Proof,
  type SessionDeps,
  type SessionOrigin,
  type StartedSession,
} from '../sessions/index.ts';

/** Users are told of sign-ins that may be somebody else's. See docs/decisions/notices.md. */

type Start = () => Promise<StartedSession | undefined>;

/** Starts a session in a transaction, and writes the notice of it. */
type StartAndTell = (trx: Db, start: Start) => ReturnType<Start>;

/**
 * Whether the user is told of a sign-in: on a device and in a network that are new for the account (except for the
 * first sign-in), or by mail instead of the password.
 *
 * @returns what starts the session
 */
export async function signInNotice(
  deps: SessionDeps,
  proof: Proof,
  origin: SessionOrigin,
): Promise<StartAndTell> {
  const isByMail = proof.kind === 'mail' && deps.notices.isOn('mail_sign_in_used');
  const isNew = await isNewDevice(deps, proof, origin);
  if (!isByMail && !isNew) return (_trx, start) => start();
  return async (trx, start) => {
    const user = await findSignInState(trx, proof.userId); // before it is the last sign-in
    const session = await start();
    if (!session || !user || user.lastSignInAtMs === null) return session;
    // A user without a password signs in by mail every time.
    const isInstead = isByMail && user.passwordHash !== null;
    if (!isInstead && !isNew) return session;
    const { startedAtMs: nowMs, sessionId } = session;
    const { ip, device } = origin;
    const kind = isInstead ? 'mail_sign_in_used' : 'new_device';
    await deps.notices.write(trx, { kind, user, nowMs, ip, device, sessionId });
    return session;
  };
}

async function isNewDevice(
  { notices, settings, sessions }: SessionDeps,
  { kind, userId }: Proof,
  { ip, isKnownDevice }: SessionOrigin,
): Promise<boolean> {
  if (kind === 'impersonation' || isKnownDevice || !notices.isOn('new_device')) return false;
  // Where networks are not remembered, or are not told apart, each would be new.
  if (ip === null || settings.get('KNOWN_NETWORK_RETENTION') === 0) return false;
  const source = { network: countedNetwork(ip), authorization: undefined };
  return (await sessions.findKnownDevice(userId, source)) === undefined;
}
