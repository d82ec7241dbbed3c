import { declareBody, described, optional } from '../../../contract/declare-body.ts';
import {
  type Body,
  bodyObject,
  completeFields,
  type FieldErrors,
  required,
  throwFieldErrors,
} from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import type { Notices } from '../../identity/notices/index.ts';
import {
  currentPasswordField,
  hashSourceOf,
  type PasswordPolicy,
  passwordField,
} from '../../identity/passwords/index.ts';
import { findPasswordHash, findUserById, replacePasswordHash } from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import {
  endUserSessions,
  requireRecentAuth,
  requireRecentFactor,
} from '../../sign-in/sessions/index.ts';
import {
  type CurrentPasswordDeps,
  checkCurrentPassword,
  notRight,
} from './check-current-password.ts';
import type { Owner } from './prove-owner.ts';

export const passwordChangeBody = declareBody(
  {
    current_password: optional(
      described(currentPasswordField, {
        description: 'Absent: the user has none, and recent authentication stands in.',
      }),
    ),
    new_password: described(passwordField, { examples: ['correct horse battery staple'] }),
  },
  { title: 'PasswordChange' },
);

/**
 * Changes the user's password, or sets the first one, and ends every other session of the user.
 *
 * @throws AppError `invalid_fields`, `invalid_body`, `insufficient_user_authentication`, `rate_limited`, `overloaded`
 */
export async function changeOwnPassword(
  deps: Deps & CurrentPasswordDeps & { passwordPolicy: PasswordPolicy; notices: Notices },
  own: Owner,
  body: Body,
): Promise<void> {
  const { database, clock, passwords } = deps;
  const read = passwordChangeBody.check(body);
  const hash = await findPasswordHash(database.db, own.id);
  const isMissing = hash !== null && !Object.hasOwn(bodyObject(body), 'current_password');
  const missing = isMissing ? { current_password: [required] } : {};
  const { current_password: current, new_password: next } = completeFields(read, missing);
  const isWrong = { current_password: [notRight] };
  const [oldHash, problems] = await Promise.all([
    proveOldPassword(deps, own, current),
    newPasswordProblems(deps, own.id, next),
  ]);
  throwFieldErrors({ ...(oldHash === undefined && isWrong), ...problems });
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

/** @returns the hash that is to be replaced, null if there is none; undefined: the password is another */
async function proveOldPassword(
  deps: Deps & CurrentPasswordDeps,
  own: Owner,
  password: string | undefined,
): Promise<string | null | undefined> {
  if (password === undefined) {
    requireRecentAuth(deps, own);
    return null;
  }
  requireRecentFactor(deps, own);
  return await checkCurrentPassword(deps, own, password);
}

async function newPasswordProblems(
  { database, passwordPolicy }: Deps & { passwordPolicy: PasswordPolicy },
  id: number,
  password: string,
): Promise<FieldErrors> {
  const owner = await findUserById(database.db, id);
  const problems = owner ? await passwordPolicy.problemsOf(password, owner) : [];
  return problems.length > 0 ? { new_password: problems } : {};
}
