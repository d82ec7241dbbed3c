import type { Database } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type Body, completeFields, readFields, throwFieldErrors } from '../../lib/fields.ts';
import { type Passwords, passwordField } from '../passwords/index.ts';
import { deleteUser, findPasswordHash, findUserById, isLastSuperuser } from '../users/index.ts';

const fields = { password: passwordField };
const notRight = { password: ['The password is not correct.'] };

/**
 * Deletes the own account and all that is its, for good. It takes the password again: an access token
 * may be stolen. So an account without a password is deleted by an operator alone.
 *
 * @throws AppError `invalid_fields`, `last_superuser`, `user_inactive`, `overloaded`
 */
export async function deleteOwnAccount(
  { database: { db }, passwords }: { database: Database; passwords: Passwords },
  id: number,
  body: Body,
): Promise<void> {
  const { password } = completeFields(readFields(body, fields, 'is bad'));
  const hash = await findPasswordHash(db, id);
  const { isRight } = await passwords.verify(hash, password);
  if (!isRight || hash === null) return throwFieldErrors(notRight);
  await db.transaction().execute(async (trx) => {
    const user = await findUserById(trx, id);
    if (user?.is_active !== 1) throw new AppError('user_inactive'); // while we hashed, as the next
    if ((await findPasswordHash(trx, id)) !== hash) throwFieldErrors(notRight);
    if (await isLastSuperuser(trx, user)) throw new AppError('last_superuser');
    await deleteUser(trx, id);
  });
}
