import { readExpectedVersion } from '../../../contract/expected-version.ts';
import {
  type Body,
  maxLength,
  noLoneSurrogate,
  noNul,
  readFields,
  type TextField,
  throwFieldErrors,
} from '../../../contract/fields.ts';
import { readFlag } from '../../../contract/flag-field.ts';
import { listErrors } from '../../../contract/list-fields.ts';
import type { Database } from '../../../db/database.ts';
import { passwordField } from '../../identity/passwords/index.ts';
import { readGrants } from '../../identity/roles/index.ts';
import { emailField, takenFields, usernameField } from '../../identity/users/index.ts';
import {
  type AdminChange,
  type NewAccount,
  newPasswordFaults,
  type PasswordDeps,
} from './change-user.ts';

/** What the bodies of the routes say. All that is wrong with one is said at once. */

type Deps = { readonly database: Database } & Pick<PasswordDeps, 'passwordPolicy'>;

/** @throws AppError `invalid_fields`, `invalid_body` */
export async function readNewAccount(deps: Deps, body: Body): Promise<NewAccount> {
  const required = readFields(body, { email: emailField }, 'is bad');
  const optional = readFields(
    body,
    { username: usernameField, password: passwordField },
    'is ignored',
  );
  const isSuperuser = readFlag(body, 'is_superuser');
  const { grants, errors } = readGrants(body);
  const { email = '' } = required.values;
  const { username, password } = optional.values;
  const faults =
    password === undefined
      ? []
      : await newPasswordFaults(deps, password, { email, username: username ?? '' });
  throwFieldErrors({
    ...(await takenFields(deps.database.db, { ...required.values, username })),
    ...required.errors,
    ...optional.errors,
    ...(faults.length > 0 && { password: faults }),
    ...listErrors({ is_superuser: isSuperuser }),
    ...errors,
  });
  const hasGrants = grants.roleIds !== undefined || grants.permissions !== undefined;
  return {
    ...{ email, username, password: password ?? null, isPasswordChecked: true },
    isSuperuser: isSuperuser.value ?? false,
    ...(hasGrants && { grants }),
  };
}

/** @throws AppError `invalid_fields`, `invalid_body` */
export function readUserChange(body: Body): AdminChange {
  const fields = { email: emailField, username: usernameField };
  const { values, errors } = readFields(body, fields, 'is ignored');
  const isSuperuser = readFlag(body, 'is_superuser');
  const version = readExpectedVersion(body);
  const more = listErrors({ is_superuser: isSuperuser, expected_version: version });
  throwFieldErrors({ ...errors, ...more });
  return { ...values, isSuperuser: isSuperuser.value, expectedVersion: version.value };
}

/** As long as the audit log keeps it. */
const reasonField: TextField = { checks: [maxLength(500), noNul, noLoneSurrogate] };

/**
 * Why something is done; null where nobody says.
 *
 * @throws AppError `invalid_fields`, `invalid_body`
 */
export function readReason(body: Body): string | null {
  const { values, errors } = readFields(body, { reason: reasonField }, 'is ignored');
  throwFieldErrors(errors);
  return values.reason ?? null;
}

/** @throws AppError `invalid_fields`, `invalid_body` */
export function readRequiredReason(body: Body): string {
  const { values, errors } = readFields(body, { reason: reasonField }, 'is bad');
  throwFieldErrors(errors);
  return values.reason ?? '';
}
