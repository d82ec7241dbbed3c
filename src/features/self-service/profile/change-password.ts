import { declareBody, described } from '../../../contract/declare-body.ts';
import { type Body, type FieldErrors, throwFieldErrors } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import type { Notices } from '../../identity/notices/index.ts';
import {
  currentPasswordField,
  hashSourceOf,
  type PasswordPolicy,
  passwordField,
} from '../../identity/passwords/index.ts';
import { findUserById, replacePasswordHash } from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';
import {
  type CurrentPasswordDeps,
  checkCurrentPassword,
  notRight,
  type Own,
} from './check-current-password.ts';

export const passwordChangeBody = declareBody(
  {
    current_password: currentPasswordField,
    new_password: described(passwordField, { examples: ['correct horse battery staple'] }),
  },
  { title: 'PasswordChange' },
);

/**
 * Changes the user's password, and ends every other session of the user.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function changeOwnPassword(
  deps: Deps & CurrentPasswordDeps & { passwordPolicy: PasswordPolicy; notices: Notices },
  own: Own,
  body: Body,
): Promise<void> {
  const { database, clock, passwords } = deps;
  const { current_password: current, new_password: next } = passwordChangeBody.read(body);
  const isWrong = { current_password: [notRight] };
  const [oldHash, faults] = await Promise.all([
    checkCurrentPassword(deps, own, current),
    newPasswordFaults(deps, own.id, next),
  ]);
  throwFieldErrors({ ...(oldHash === undefined && isWrong), ...faults });
  if (oldHash === undefined) return;
  const hashes = { from: oldHash, to: await passwords.hash(next, hashSourceOf(own.actor)) };
  await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { actor } = own;
    const isReplaced = await replacePasswordHash(trx, own.id, hashes, nowMs);
    // Somebody changed it while we hashed.
    if (!isReplaced) throwFieldErrors(isWrong);
    await record(trx, { kind: 'password.changed', actor, atMs: nowMs, userId: own.id });
    const user = await findUserById(trx, own.id);
    const { sessionId } = own;
    const ip = actor.kind === 'user' ? actor.ip : null;
    const notice = { kind: 'password_changed', nowMs, ip, sessionId } as const;
    if (user) await deps.notices.write(trx, { ...notice, user });
    const by = { actor, nowMs };
    await endUserSessions(trx, own.id, 'password_changed', by, { exceptId: own.sessionId });
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
