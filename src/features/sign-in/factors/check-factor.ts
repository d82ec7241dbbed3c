import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Notices } from '../../identity/notices/index.ts';
import type { HashSource, Passwords } from '../../identity/passwords/index.ts';
import type { Actor, Failures } from '../../platform/audit/index.ts';
import type { CountedAs, Limits } from '../../platform/limits/index.ts';
import type { FactorCheck, FactorKind, FactorProof } from './factor-check.ts';
import { type CountedFailure, countGuess, doorOf, noteFailure } from './factor-failures.ts';
import { checkPasskey } from './passkeys/check-passkey.ts';
import { checkRecoveryCode } from './recovery-codes/check-recovery-code.ts';
import { checkTotp } from './totp/check-totp.ts';

/** What is needed to check a factor of any kind. */
export type FactorDeps = Deps & {
  readonly passwords: Passwords;
  readonly notices: Notices;
  readonly limits: Limits;
  readonly failures: Failures;
};

/** A factor that somebody sent, and for what. */
export interface SentFactor<Proof extends FactorProof = FactorProof> {
  readonly userId: number;
  readonly proof: Proof;
  /** What the challenge of a passkey has to be bound to, such as `sign-in <flow>`. */
  readonly binding: string;
  /** Whether a passkey has to verify its user: where it stands in for a password. Absent: not. */
  readonly needsVerification?: boolean;
  /** Who sent it. */
  readonly actor: Actor;
}

/** Checks a factor of one kind; undefined: it is wrong. */
type Check<Kind extends FactorKind> = (
  deps: FactorDeps,
  sent: SentFactor<Extract<FactorProof, { kind: Kind }>>,
  source: HashSource,
) => Promise<FactorCheck | undefined>;

/** How each kind of factor is checked. */
const checks: { readonly [Kind in FactorKind]: Check<Kind> } = {
  totp: (deps, { userId, proof }) => checkTotp(deps, userId, proof.code),
  recovery_code: (deps, { userId, proof }, source) =>
    checkRecoveryCode(deps, userId, proof.recoveryCode, source),
  passkey: checkPasskey,
};

/**
 * Checks a factor of a user, outside of any transaction. A wrong code counts for the factors of its kind alone, at this
 * door: after too many these have to wait there, and neither the account nor its other factors do. Passkeys never wait: nobody guesses a
 * signature. A wrong one takes as long as a right one.
 *
 * @throws AppError `invalid_code`, `invalid_passkey`, `rate_limited`, `overloaded`
 */
export async function checkFactor(deps: FactorDeps, sent: SentFactor): Promise<FactorCheck> {
  const { userId, proof, actor } = sent;
  const door = doorOf(sent.binding);
  const ip = 'ip' in actor ? (actor.ip ?? null) : null;
  const network = countedNetwork(ip);
  const failure = { userId, factor: proof.kind, door, actor };
  const ofNetwork: CountedAs = ['FACTOR_FAILURES_PER_NETWORK', network];
  const ofFactor: CountedAs = ['FACTOR_FAILURES_PER_FACTOR', `${userId} ${proof.kind} ${door}`];
  const ifWrong = proof.kind === 'passkey' ? [ofNetwork] : [ofFactor, ofNetwork];
  using guess = await deps.limits.beginGuess({ ifWrong });
  const counted = await countGuess(deps, failure);
  const source = { network, account: `user:${userId}` };
  const judged = await judge(deps, sent, source).catch(async (error: unknown) => {
    await counted.giveBack();
    throw error;
  });
  if (judged instanceof AppError) {
    await guess.fail();
    noteFailure(deps, failure);
    throw judged;
  }
  await guess.succeed();
  return giveBackOnceSpent(judged, counted);
}

/**
 * A right code counts as a wrong one until it is spent: one that was used meanwhile is as wrong as any other. The
 * transaction that spends it takes the count back, which saves a commit.
 */
function giveBackOnceSpent(check: FactorCheck, counted: CountedFailure): FactorCheck {
  return {
    ...check,
    async spend(trx, by) {
      const isSpent = await check.spend(trx, by);
      if (isSpent) await counted.giveBack(trx);
      return isSpent;
    },
  };
}

/** @returns what is wrong with it, if something is. @throws AppError of what kept it from being judged */
async function judge(
  deps: FactorDeps,
  sent: SentFactor,
  source: HashSource,
): Promise<FactorCheck | AppError> {
  const check = checks[sent.proof.kind] as Check<FactorKind>;
  try {
    const checked = await check(deps, sent as SentFactor<never>, source);
    return checked ?? new AppError('invalid_code', { detail: wrong });
  } catch (error) {
    if (error instanceof AppError && error.status === 400) return error;
    throw error;
  }
}

/** Without a word of mail, which the text of the code's own has. */
const wrong = 'This code is not right, or was used before.';
