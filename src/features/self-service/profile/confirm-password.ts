import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { hashSourceOf, type Passwords } from '../../identity/passwords/index.ts';
import { findPasswordHash } from '../../identity/users/index.ts';
import type { Actor, Failures } from '../../platform/audit/index.ts';
import type { CountedAs, Limits } from '../../platform/limits/index.ts';

/** Who is asked for the own password again. */
export interface Own {
  readonly id: number;
  /** Undefined with an access token that names none. */
  readonly sessionId: number | undefined;
  /** Where the request comes from, as `countedNetwork` has it. */
  readonly network: string;
  /** The same, as what they do is recorded. */
  readonly actor: Actor;
}

export interface ConfirmDeps {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly failures: Failures;
}

export const notRight = 'The password is not correct.';

/**
 * Checks the password of a user who is signed in: an access token may be stolen. Failures count by
 * session, so that a thief in one cannot keep the owner in another from what it is asked for; and by
 * account and address, so that no number of sessions gives more guesses, and no neighbour has a part in it.
 *
 * @returns its hash; undefined where it is wrong
 * @throws AppError `rate_limited`, `overloaded`
 */
export async function confirmPassword(
  { database, passwords, limits, clock, failures }: ConfirmDeps,
  own: Own,
  password: string,
): Promise<string | undefined> {
  const session: CountedAs = [
    'PASSWORD_CONFIRMATION_FAILURES_PER_SESSION',
    `${own.id} ${own.sessionId}`,
  ];
  const address: CountedAs = [
    'PASSWORD_CONFIRMATION_FAILURES_PER_ADDRESS',
    `${own.id} ${own.network}`,
  ];
  using guess = await limits.beginGuess({ ifWrong: [session, address] });
  const hash = await findPasswordHash(database.db, own.id);
  const { isRight } = await passwords.verify(hash, password, hashSourceOf(own.actor));
  if (!isRight || hash === null) {
    await guess.fail();
    const event = { actor: own.actor, atMs: clock.nowMs(), userId: own.id };
    failures.note(`confirmation ${own.id} ${own.sessionId} ${own.network}`, (attempts) => ({
      ...{ kind: 'password.confirmation_failed', ...event, details: { attempts } },
    }));
    return undefined;
  }
  await guess.succeed();
  await limits.forget(...session);
  return hash;
}
