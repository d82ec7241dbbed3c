import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { hashSourceOf, type Passwords } from '../../identity/passwords/index.ts';
import { findPasswordHash } from '../../identity/users/index.ts';
import type { Actor, Failures } from '../../platform/audit/index.ts';
import type { CountedAs, Limits } from '../../platform/limits/index.ts';

/** The user whose current password is checked. */
export interface Own {
  readonly id: number;
  /** Undefined if the access token names no session. */
  readonly sessionId: number | undefined;
  /** Where the request comes from, as `countedNetwork` has it. */
  readonly network: string;
  /** The same user as the actor of audit events. */
  readonly actor: Actor;
}

export interface CurrentPasswordDeps {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly failures: Failures;
}

export const notRight = 'The password is not correct.';

/**
 * Checks the current password of a signed-in user, because an access token may be stolen. Failures count by session,
 * so that a thief in one session cannot block the owner in another. They also count by account and network, so that
 * more sessions do not allow more guesses.
 *
 * @returns the hash of the password; undefined if the password is wrong
 * @throws AppError `rate_limited`, `overloaded`
 */
export async function checkCurrentPassword(
  { database, passwords, limits, clock, failures }: CurrentPasswordDeps,
  own: Own,
  password: string,
): Promise<string | undefined> {
  const session: CountedAs = [
    'REAUTHENTICATION_FAILURES_PER_SESSION',
    `${own.id} ${own.sessionId}`,
  ];
  const network: CountedAs = ['REAUTHENTICATION_FAILURES_PER_NETWORK', `${own.id} ${own.network}`];
  using guess = await limits.beginGuess({ ifWrong: [session, network] });
  const hash = await findPasswordHash(database.db, own.id);
  const { isRight } = await passwords.verify(hash, password, hashSourceOf(own.actor));
  if (!isRight || hash === null) {
    await guess.fail();
    const event = { actor: own.actor, atMs: clock.nowMs(), userId: own.id };
    failures.note(`confirmation ${own.id} ${own.sessionId} ${own.network}`, (attempts) => ({
      ...{ kind: 'user.reauthentication_failed', ...event, details: { attempts } },
    }));
    return undefined;
  }
  await guess.succeed();
  await limits.forget(...session);
  return hash;
}
