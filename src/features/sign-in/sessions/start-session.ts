import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { endSessionsOverLimit } from './end-sessions.ts';
import { insertImpersonation } from './impersonation.queries.ts';
import { rememberNetwork } from './known-devices.ts';
import { insertSession, noteSignIn, type SessionOrigin } from './sessions.queries.ts';

/** What a session starts from: how it was proved who may have it, and what each way must tell. */
export type Proof = PasswordProof | MailProof | ImpersonationProof;

/** The user has entered their password. */
export interface PasswordProof {
  readonly kind: 'password';
  readonly userId: number;
  /** The hash that it was checked against: an old password must not outlive its change. */
  readonly passwordHash: string;
}

/** The user has read the mail of the account's email; see docs/decisions/mail-sign-in.md. */
export interface MailProof {
  readonly kind: 'mail';
  readonly userId: number;
  /** That the mail went to, as `normalizeEmail` has it: an old email must not outlive its change. */
  readonly email: string;
}

/** An administrator may act in the name of the user; see docs/decisions/impersonation.md. */
export interface ImpersonationProof {
  readonly kind: 'impersonation';
  readonly userId: number;
  readonly administrator: Actor & { readonly kind: 'user' };
  /** The administrator's own session in which it is begun, and with which it ends. */
  readonly administratorSessionId: number;
  readonly reason: string;
}

export interface StartedSession {
  readonly sessionId: number;
  readonly userId: number;
  readonly impersonatorId: number | null;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

type StartDeps = Pick<Deps, 'settings' | 'clock'>;

/**
 * Starts a session from a proof, and records it, in a transaction. For `finishSignIn` alone, which every way to sign
 * in goes through.
 *
 * @returns undefined if the proof does not hold any more: the user is not active, or their password   or email has
 *   changed
 */
export function startSession(
  trx: Db,
  deps: StartDeps,
  proof: Proof,
  origin: SessionOrigin,
): Promise<StartedSession | undefined> {
  switch (proof.kind) {
    case 'password':
    case 'mail':
      return startOwnSession(trx, deps, proof, origin);
    case 'impersonation':
      return startImpersonation(trx, deps, proof, origin);
  }
}

async function startOwnSession(
  trx: Db,
  { settings, clock }: StartDeps,
  proof: PasswordProof | MailProof,
  origin: SessionOrigin,
): Promise<StartedSession | undefined> {
  const { userId } = proof;
  const nowMs = clock.nowMs();
  const idleMs = settings.get('REFRESH_TOKEN_LIFETIME') * 1000;
  const maxAgeMs = settings.get('SESSION_MAX_AGE') * 1000 || Number.POSITIVE_INFINITY;
  const expiresAtMs = nowMs + Math.min(idleMs, maxAgeMs);
  const session = { ...origin, userId, nowMs, expiresAtMs };
  const inserted =
    proof.kind === 'password'
      ? await insertSession(trx, 'password_hash', { ...session, credential: proof.passwordHash })
      : await insertSession(trx, 'email_normalized', { ...session, credential: proof.email });
  if (!inserted) return undefined;
  const sessionId = inserted.id;
  const actor: Actor = { kind: 'user', id: userId, ...origin, sessionId };
  const limit = settings.get('MAX_SESSIONS_PER_USER');
  if (limit > 0) await endSessionsOverLimit(trx, userId, limit, { actor, nowMs });
  await rememberNetwork(trx, settings, { ...origin, userId, nowMs });
  await noteSignIn(trx, { userId, nowMs, locale: origin.locale ?? null });
  const details = { device: origin.device, proof: proof.kind };
  await record(trx, { kind: 'session.started', actor, atMs: nowMs, userId, details });
  return { sessionId, userId, impersonatorId: null, startedAtMs: nowMs, expiresAtMs };
}

async function startImpersonation(
  trx: Db,
  { settings, clock }: StartDeps,
  { userId, administrator, administratorSessionId, reason }: ImpersonationProof,
  origin: SessionOrigin,
): Promise<StartedSession> {
  const startedAtMs = clock.nowMs();
  const expiresAtMs = startedAtMs + settings.get('IMPERSONATION_LIFETIME') * 1000;
  const impersonatorId = administrator.id;
  const { id: sessionId } = await insertImpersonation(trx, {
    ...{ ...origin, userId, impersonatorId, impersonatorSessionId: administratorSessionId },
    ...{ startedAtMs, expiresAtMs },
  });
  const details = { reason, until: new Date(expiresAtMs).toISOString() };
  await record(trx, {
    ...{ kind: 'impersonation.started', actor: administrator, atMs: startedAtMs },
    ...{ userId, sessionId, details },
  });
  return { sessionId, userId, impersonatorId, startedAtMs, expiresAtMs };
}
