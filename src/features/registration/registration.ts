import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import {
  type Body,
  type FieldErrors,
  readFields,
  required,
  throwFieldErrors,
} from '../../lib/fields.ts';
import { type Passwords, passwordField } from '../passwords/index.ts';
import {
  createUser,
  emailField,
  emailTaken,
  type Profile,
  profileOf,
  takenFields,
} from '../users/index.ts';

const fields = { email: emailField, password: passwordField };

/**
 * Makes an account.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `overloaded`
 */
export async function register(
  deps: Deps & { passwords: Passwords },
  body: Body,
): Promise<Profile> {
  const { values, errors } = readFields(body, fields);
  const { email, password } = values;
  const allErrors: FieldErrors = {
    ...missing(values, errors),
    ...errors,
    ...(email === undefined ? {} : await takenFields(deps.database.db, { email })),
  };
  throwFieldErrors(allErrors);
  if (email === undefined || password === undefined) throw new Error('A field slipped through.');
  const passwordHash = await deps.passwords.hash(password);
  const user = await createUser(deps, { email, passwordHash });
  // Somebody took it while we hashed.
  if (!user) throw new AppError('invalid_fields', { members: { email: [emailTaken] } });
  return profileOf(user);
}

function missing(
  values: Partial<Record<keyof typeof fields, string>>,
  errors: FieldErrors,
): FieldErrors {
  const absent = Object.keys(fields).filter((name) => !(name in values) && !(name in errors));
  return Object.fromEntries(absent.map((name) => [name, [required]]));
}
