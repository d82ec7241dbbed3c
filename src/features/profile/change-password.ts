import type { Deps } from '../../deps.ts';
import {
  type Body,
  completeFields,
  type FieldErrors,
  readFields,
  throwFieldErrors,
} from '../../lib/fields.ts';
import { type PasswordPolicy, type Passwords, passwordField } from '../passwords/index.ts';
import { endUserSessions } from '../sessions/index.ts';
import { findPasswordHash, findUserById, replacePasswordHash } from '../users/index.ts';

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
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy },
  own: Own,
  body: Body,
): Promise<void> {
  const { database, clock, passwords } = deps;
  const { current_password: current, new_password: next } = completeFields(
    readFields(body, fields, 'is bad'),
  );
  const oldHash = await findPasswordHash(database.db, own.id);
  const [{ isRight }, faults] = await Promise.all([
    passwords.verify(oldHash, current),
    newPasswordFaults(deps, own.id, next),
  ]);
  throwFieldErrors({ ...(!isRight && notRight), ...faults });
  if (oldHash === null) return throwFieldErrors(notRight);
  const hashes = { from: oldHash, to: await passwords.hash(next) };
  await database.db.transaction().execute(async (trx) => {
    const isReplaced = await replacePasswordHash(trx, own.id, hashes, clock.nowMs());
    if (!isReplaced) throwFieldErrors(notRight); // somebody changed it while we hashed
    await endUserSessions(trx, own.id, 'password_changed', clock.nowMs(), {
      exceptId: own.sessionId,
    });
  });
}

async function newPasswordFaults(
  { database, passwordPolicy }: Deps & { passwordPolicy: PasswordPolicy },
  id: number,
  password: string,
): Promise<FieldErrors> {
  const owner = await findUserById(database.db, id);
  const faults = owner ? await passwordPolicy.faultsOf(password, owner) : [];
  return faults.length > 0 ? { new_password: faults } : {};
}
