import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, completeFields, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  hashSourceOf,
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  createUser,
  emailField,
  emailTaken,
  normalizeEmail,
  type Profile,
  profileOf,
  takenFields,
} from '../../identity/users/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';

export const registrationBody = declareBody(
  { email: emailField, password: passwordField },
  { title: 'Registration' },
);

/**
 * Makes an account.
 *
 * @param locale the language that the client asks for, a tag in canonical form
 * @throws AppError `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function register(
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy; limits: Limits },
  body: Body,
  client: Actor,
  locale?: string,
): Promise<Profile> {
  const read = registrationBody.check(body);
  if (read.values.email !== undefined) {
    const key = deps.limits.accountKey(normalizeEmail(read.values.email));
    await deps.limits.count('REGISTRATIONS_PER_ACCOUNT', key);
  }
  const taken = await takenFields(deps.database.db, { email: read.values.email });
  const { email, password } = completeFields(read, taken);
  const faults = await deps.passwordPolicy.faultsOf(password, { email });
  if (faults.length > 0) throwFieldErrors({ password: faults });
  const account = deps.limits.accountKey(normalizeEmail(email));
  const source = { ...hashSourceOf(client), account };
  const passwordHash = await deps.passwords.hash(password, source);
  const user = await createUser(deps, { email, passwordHash, locale: locale ?? null }, client);
  // Somebody took it while we hashed.
  if (!user) throw new AppError('invalid_fields', { members: { email: [emailTaken] } });
  return profileOf(user);
}
