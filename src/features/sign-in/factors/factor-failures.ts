import { createHmac } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { derivedKey } from '../../../lib/derived-key.ts';
import { countOf } from '../../../lib/words.ts';
import type { Actor, Failures } from '../../platform/audit/index.ts';
import { countStored, findStoredEnd, uncountStored } from '../../platform/limits/index.ts';
import type { FactorKind } from './factor-check.ts';

/**
 * How often the codes of authenticator apps may be wrong in a day, with any settings: with the limits off, all
 * million codes could be tried quickly. NIST SP 800-63B-4 3.2.2 allows 100 failures in a row. An attacker with the
 * password then guesses a code on one day in 3,000. Recovery codes and signatures cannot be guessed, so they have no
 * such bound: it would let the attacker keep the owner out.
 */
const maxFailuresADay = 100;
const dayMs = 86_400_000;

interface Failure {
  readonly userId: number;
  readonly factor: FactorKind;
  /** Where it was sent, as `doorOf` has it. */
  readonly door: string;
  readonly actor: Actor;
}

/**
 * Each way to reach the factor has its own count, because another proof came before it. An attacker with the password
 * can exhaust the count at sign-in, but not the counts of a reset by mail or of a step-up, so the owner can still set
 * a new password.
 *
 * @param binding as of `SentFactor`
 */
export const doorOf = (binding: string) => binding.replace(/ .*$/s, '');

function keyOf({ secretKey }: Pick<Deps, 'secretKey'>, failure: Failure): string {
  const { userId, factor, door } = failure;
  const secret = derivedKey(secretKey, 'latchkey factor failures');
  return createHmac('sha256', secret).update(`${userId} ${factor} ${door}`).digest('base64url');
}

const isCountedByDay = ({ factor }: Failure) => factor === 'totp';

/** A guess that is counted as a failure until it turns out to be none. */
export interface CountedFailure {
  /**
   * Takes it back: it was right and is spent, or was not judged. A right code that is never spent stays counted: one
   * that another request spent meanwhile, or of a reset whose new password could not be hashed (`overloaded`).
   *
   * @param trx absent: outside of any transaction
   */
  giveBack(trx?: Db): Promise<void>;
}

/**
 * Counts a guess before it is judged: of any number at once, on any nodes, no more are judged than may be wrong.
 *
 * @throws AppError `rate_limited` if the codes of the user's apps were wrong too often
 */
export async function countGuess(
  deps: Pick<Deps, 'database' | 'clock' | 'secretKey'>,
  failure: Failure,
): Promise<CountedFailure> {
  if (!isCountedByDay(failure)) return { giveBack: async () => undefined };
  const { db } = deps.database;
  const key = keyOf(deps, failure);
  const nowMs = deps.clock.nowMs();
  const event = { key, nowMs, endsAtMs: nowMs + dayMs, allowed: maxFailuresADay };
  const endsAtMs = await countStored(db, event);
  if (endsAtMs === undefined) {
    throw tooManyFailures(((await findStoredEnd(db, key)) ?? nowMs) - nowMs);
  }
  return { giveBack: (trx = db) => uncountStored(trx, key, endsAtMs) };
}

function tooManyFailures(waitMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError('rate_limited', {
    detail: `This factor has failed too often. Use another one, or try again in ${countOf(seconds, 'second')}.`,
    headers: {
      'retry-after': String(seconds),
      // draft-ietf-httpapi-ratelimit-headers-11, as of the limits that are settings
      'ratelimit-policy': `"factor_failures_a_day";q=${maxFailuresADay};w=${dayMs / 1000}`,
      ratelimit: `"factor_failures_a_day";r=0;t=${seconds}`,
    },
  });
}

/** Records a failure. */
export function noteFailure(
  { failures, clock }: Pick<Deps, 'clock'> & { readonly failures: Failures },
  { userId, factor, actor }: Omit<Failure, 'door'>,
): void {
  const nowMs = clock.nowMs();
  const ip = 'ip' in actor ? actor.ip : null;
  failures.note(`factor ${factor} ${userId} ${ip}`, (attempts) => ({
    ...{ kind: 'factor.failed', actor, atMs: nowMs, userId },
    details: { factor, attempts },
  }));
}
