import { type Body, readFields, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  changeProfile,
  emailField,
  type Profile,
  profileOf,
  takenFields,
  usernameField,
} from '../../identity/users/index.ts';
import type { Actor } from '../../platform/audit/index.ts';

/**
 * Changes what the body names of the own profile; what is absent stays, what is unknown is ignored,
 * and one bad field stores nothing.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `user_inactive`
 */
export async function changeOwnProfile(
  deps: Deps,
  own: Profile,
  body: Body,
  actor: Actor,
): Promise<Profile> {
  const { values, errors } = readFields(
    body,
    { username: usernameField, email: emailField },
    'is ignored',
  );
  throwFieldErrors({ ...errors, ...(await takenFields(deps.database.db, values, own.id)) });
  if (Object.keys(values).length === 0) return profileOf(own);
  const changed = await changeProfile(deps, own.id, values, actor);
  throwFieldErrors(changed.errors);
  if (!changed.user) throw new AppError('user_inactive');
  return profileOf(changed.user);
}
