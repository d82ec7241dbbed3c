import type { Deps } from '../../deps.ts';
import { type Body, completeFields, readFields, throwFieldErrors } from '../../lib/fields.ts';
import { type Passwords, passwordField } from '../passwords/index.ts';
import { endUserSessions } from '../sessions/index.ts';
import { findPasswordHash, replacePasswordHash } from '../users/index.ts';

const fields = { current_password: passwordField, new_password: passwordField };
const notRight = { current_password: ['The password is not correct.'] };

/** Whose password it is, and the session that stays; undefined: none does. */
export interface Own {
  readonly id: number;
  readonly sessionId: number | undefined;
}

/**
 * Changes the own password, and ends every other session of the user with it.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `overloaded`
 */
export async function changeOwnPassword(
  { database, clock, passwords }: Deps & { passwords: Passwords },
  own: Own,
  body: Body,
): Promise<void> {
  const { current_password: current, new_password: next } = completeFields(
    readFields(body, fields, 'is bad'),
  );
  const oldHash = await findPasswordHash(database.db, own.id);
  const { isRight } = await passwords.verify(oldHash, current);
  if (!isRight || oldHash === null) return throwFieldErrors(notRight);
  const hashes = { from: oldHash, to: await passwords.hash(next) };
  await database.db.transaction().execute(async (trx) => {
    const isReplaced = await replacePasswordHash(trx, own.id, hashes, clock.nowMs());
    if (!isReplaced) throwFieldErrors(notRight); // somebody changed it while we hashed
    await endUserSessions(trx, own.id, 'password_changed', clock.nowMs(), {
      exceptId: own.sessionId,
    });
  });
}
