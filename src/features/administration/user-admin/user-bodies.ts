import { declareBody, described, optional } from '../../../contract/declare-body.ts';
import { expectedVersion } from '../../../contract/expected-version.ts';
import { type Body, throwFieldErrors } from '../../../contract/fields.ts';
import { localeField } from '../../../contract/locale-field.ts';
import { plainText } from '../../../contract/text-fields.ts';
import { flagField } from '../../../contract/value-fields.ts';
import { passwordField } from '../../identity/passwords/index.ts';
import { grantFields } from '../../identity/roles/index.ts';
import { emailField, takenFields, usernameField } from '../../identity/users/index.ts';
import type { NewAccount } from './add-user.ts';
import type { AdminChange } from './change-user.ts';
import { newPasswordProblems, type PasswordDeps } from './set-user-password.ts';
import type { ChangeDeps } from './with-user.ts';

/** The bodies of the routes. All that is wrong with a body is said in one answer. */

type Deps = ChangeDeps & Pick<PasswordDeps, 'passwordPolicy'>;

/** Why something is done. As long as the audit log keeps it. */
export const reasonField = plainText({
  maxLength: 500,
  description: 'Why, for the audit log.',
  examples: ['left the company'],
});

export const deactivationBody = declareBody(
  { reason: optional(reasonField) },
  { title: 'Deactivation' },
);

const superuserField = optional(
  flagField({ description: 'Only superusers may send this.', examples: [false] }),
);

export const newUserBody = declareBody(
  {
    email: emailField,
    username: optional(usernameField),
    locale: optional(localeField),
    password: optional(
      described(passwordField, {
        description: 'Absent: none. Nobody can sign in until one is set.',
      }),
    ),
    is_superuser: superuserField,
    ...grantFields,
  },
  { title: 'NewUser' },
);

export const userChangeBody = declareBody(
  {
    email: optional(emailField),
    username: optional(usernameField),
    locale: optional(localeField),
    is_superuser: superuserField,
    expected_version: expectedVersion,
  },
  { title: 'UserChange' },
);

/** @throws AppError `invalid_fields`, `invalid_body` */
export async function readNewAccount(deps: Deps, body: Body): Promise<NewAccount> {
  const { values, errors } = newUserBody.check(body);
  const { email = '', username, locale, password, roles, permissions } = values;
  const problems =
    password === undefined
      ? []
      : await newPasswordProblems(deps, password, { email, username: username ?? '' });
  throwFieldErrors({
    ...(await takenFields(
      deps.database.db,
      { email: values.email, username },
      { nowMs: deps.clock.nowMs() },
    )),
    ...errors,
    ...(problems.length > 0 && { password: problems }),
  });
  const hasGrants = roles !== undefined || permissions !== undefined;
  return {
    ...{ email, username, locale, password: password ?? null, isPasswordChecked: true },
    isSuperuser: values.is_superuser ?? false,
    ...(hasGrants && { grants: { roleIds: roles, permissions } }),
  };
}

/** @throws AppError `invalid_fields`, `invalid_body` */
export function readUserChange(body: Body): AdminChange {
  const read = userChangeBody.read(body);
  const { is_superuser: isSuperuser, expected_version: expected, ...names } = read;
  return { ...names, isSuperuser, expectedVersion: expected };
}
