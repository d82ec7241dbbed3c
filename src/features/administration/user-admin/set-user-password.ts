import { declareBody } from '../../../contract/declare-body.ts';
import { throwFieldErrors } from '../../../contract/fields.ts';
import {
  hashSourceOf,
  type PasswordOwner,
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import { requireMayManage } from '../../identity/roles/index.ts';
import { updateUser } from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';
import { findUser } from './user-admin.ts';
import { type Administrator, type ChangeDeps, withUser } from './with-user.ts';

/** What is needed to set a password. */
export interface PasswordDeps {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
}

const newPassword = declareBody({ password: passwordField });

/** What is wrong with a password that is to be set; empty where nothing is. */
export async function newPasswordProblems(
  { passwordPolicy }: Pick<PasswordDeps, 'passwordPolicy'>,
  text: string,
  owner: PasswordOwner,
): Promise<string[]> {
  const { values, errors } = newPassword.check({ value: { password: text } });
  if (values.password === undefined) return errors.password ?? [];
  return passwordPolicy.problemsOf(values.password, owner);
}

/** @throws AppError `invalid_fields` */
export async function hashNewPassword(
  deps: PasswordDeps,
  text: string,
  owner: PasswordOwner,
  actor: Administrator,
): Promise<string> {
  const { password } = newPassword.read({ value: { password: text } });
  const problems = await deps.passwordPolicy.problemsOf(password, owner);
  if (problems.length > 0) throwFieldErrors({ password: problems });
  return deps.passwords.hash(password, hashSourceOf(actor));
}

/**
 * Sets a user's password, which ends all their sessions.
 *
 * @returns how many sessions ended
 * @throws AppError `invalid_fields`, `permission_denied`, UserAdminError `no_such_user`
 */
export async function setUserPassword(
  deps: ChangeDeps & PasswordDeps,
  id: number,
  password: string,
  actor: Administrator,
): Promise<number> {
  const owner = await findUser(deps, { id });
  await requireMayManage(deps.database.db, actor, id); // before it costs a hash; and again below
  const passwordHash = await hashNewPassword(deps, password, owner, actor);
  return withUser(deps, id, actor, async (trx, user, nowMs, notices) => {
    await updateUser(trx, id, { passwordHash, updatedAtMs: nowMs });
    await record(trx, { kind: 'password.changed', actor, atMs: nowMs, userId: id });
    await notices.write(trx, { kind: 'password_set', user, nowMs });
    return endUserSessions(trx, id, 'password_changed', { actor, nowMs });
  });
}
