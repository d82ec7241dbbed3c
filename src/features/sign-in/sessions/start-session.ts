import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { endSessionsOverLimit } from './end-sessions.ts';
import { insertImpersonation } from './impersonation.queries.ts';
import type { HowProven } from './issue-tokens.ts';
import { rememberNetwork } from './known-devices.ts';
import { insertSession, noteSignIn, type SessionOrigin } from './start-session.queries.ts';
import { setSessionDevice } from './trusted-devices.queries.ts';

/** What a session starts from: how it was proved who may have it, and what each way must tell. */
export type Proof = OwnProof | ImpersonationProof;

/** The user has proved who they are. */
type OwnProof = PasswordProof | MailProof | PasskeyProof;

/** A factor that was checked. The transaction that starts the session spends it. */
export interface ProvenFactor {
  /** Absent: it is being added. */
  readonly kind?: 'totp' | 'passkey' | 'recovery_code';
  readonly level: Exclude<AuthLevel, 1>;
  /** Of the factor alone (RFC 8176). */
  readonly amr: readonly string[];
  /** False: somebody else has spent it since. */
  spend(trx: Db, by: { readonly actor: Actor; readonly nowMs: number }): Promise<boolean>;
}

/** The user has entered their password. */
export interface PasswordProof {
  readonly kind: 'password';
  readonly userId: number;
  /** The hash that it was checked against: an old password must not outlive its change. */
  readonly passwordHash: string;
  /** Absent: none was needed. */
  readonly factor?: ProvenFactor;
  /** The remembered device that stands in for the factor; absent: none does. */
  readonly trustedDeviceId?: number;
  /** What a device sent that may be remembered; absent: nothing. */
  readonly deviceToken?: string | undefined;
}

/** The user has read the mail of the account's email; see docs/decisions/mail-sign-in.md. */
export interface MailProof {
  readonly kind: 'mail';
  readonly userId: number;
  /** That the mail went to, as `normalizeEmail` has it: an old email must not outlive its change. */
  readonly email: string;
  /** Absent: none was needed. */
  readonly factor?: ProvenFactor;
  /** The remembered device that stands in for the factor; absent: none does. */
  readonly trustedDeviceId?: number;
  /** What a device sent that may be remembered; absent: nothing. */
  readonly deviceToken?: string | undefined;
}

/** The user has used a passkey that verified them. It is all that is asked for. */
export interface PasskeyProof {
  readonly kind: 'passkey';
  readonly userId: number;
  /** The user handle of the account's passkeys: those of before a reset must not outlive it. */
  readonly passkeyHandle: string;
  readonly factor: ProvenFactor;
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

export interface StartedSession extends HowProven {
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
 * @returns undefined if the proof does not hold any more: the user is not active, or their password or email has changed,
 *   or they have a second factor, and the proof does not
 * @throws AppError `invalid_code` if its factor was spent meanwhile
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
    case 'passkey':
      return startOwnSession(trx, deps, proof, origin);
    case 'impersonation':
      return startImpersonation(trx, deps, proof, origin);
  }
}

async function startOwnSession(
  trx: Db,
  { settings, clock }: StartDeps,
  proof: OwnProof,
  origin: SessionOrigin,
): Promise<StartedSession | undefined> {
  const { userId } = proof;
  const deviceId = proof.kind === 'passkey' ? undefined : proof.trustedDeviceId;
  const nowMs = clock.nowMs();
  const idleMs = settings.get('REFRESH_TOKEN_LIFETIME') * 1000;
  const maxAgeMs = settings.get('SESSION_MAX_AGE') * 1000 || Number.POSITIVE_INFINITY;
  const expiresAtMs = nowMs + Math.min(idleMs, maxAgeMs);
  const proven = { authLevel: proof.factor?.level ?? 1, amr: amrOf(proof) } as const;
  // Any factor of the user is enough, whichever others there are.
  const factor = proof.factor
    ? ({ factorAtMs: nowMs, enoughFor: 3 } as const)
    : ({ factorAtMs: null, enoughFor: deviceId === undefined ? 1 : 3 } as const);
  const session = { ...origin, ...proven, ...factor, userId, nowMs, expiresAtMs };
  const inserted = await insertSessionOf(trx, proof, session);
  if (!inserted) return undefined;
  const sessionId = inserted.id;
  const actor: Actor = { kind: 'user', id: userId, ...origin, sessionId };
  if (proof.factor && !(await proof.factor.spend(trx, { actor, nowMs }))) {
    throw new AppError('invalid_code');
  }
  if (deviceId !== undefined) await setSessionDevice(trx, sessionId, deviceId);
  const limit = settings.get('MAX_SESSIONS_PER_USER');
  if (limit > 0) await endSessionsOverLimit(trx, userId, limit, { actor, nowMs });
  await rememberNetwork(trx, settings, { ...origin, userId, nowMs });
  await noteSignIn(trx, { userId, nowMs, locale: origin.locale ?? null });
  const details = { device: origin.device, proof: proof.kind };
  await record(trx, { kind: 'session.started', actor, atMs: nowMs, userId, details });
  return {
    ...{ sessionId, userId, impersonatorId: null, startedAtMs: nowMs, expiresAtMs },
    ...{ ...proven, createdAtMs: nowMs, authenticatedAtMs: null },
  };
}

/** The ways in which a user was recognized (RFC 8176 2), with a space between them. */
function amrOf({ kind, factor }: OwnProof): string {
  const first = { password: ['pwd'], mail: ['otp'], passkey: [] }[kind];
  return [...new Set([...first, ...(factor ? [...factor.amr, 'mfa'] : [])])].join(' ');
}

function insertSessionOf(
  trx: Db,
  proof: OwnProof,
  session: Omit<Parameters<typeof insertSession>[2], 'credential'>,
) {
  switch (proof.kind) {
    case 'password':
      return insertSession(trx, 'password_hash', { ...session, credential: proof.passwordHash });
    case 'mail':
      return insertSession(trx, 'email_normalized', { ...session, credential: proof.email });
    case 'passkey':
      return insertSession(trx, 'passkey_handle', { ...session, credential: proof.passkeyHandle });
  }
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
  return {
    ...{ sessionId, userId, impersonatorId, startedAtMs, expiresAtMs },
    ...{ authLevel: 1, amr: null, createdAtMs: startedAtMs, authenticatedAtMs: null },
  };
}
