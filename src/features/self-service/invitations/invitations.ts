import { declareBody } from '../../../contract/declare-body.ts';
import { type Body, type FieldErrors, throwFieldErrors } from '../../../contract/fields.ts';
import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Visitor } from '../../../http/visitor.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Settings } from '../../../settings/settings.ts';
import { checkToken, issueToken, tokenField, useToken } from '../../identity/link-tokens/index.ts';
import {
  type PasswordPolicy,
  type Passwords,
  passwordField,
} from '../../identity/passwords/index.ts';
import {
  findRolesOfUsers,
  mayManage,
  requireMayManage,
  setUserGrants,
} from '../../identity/roles/index.ts';
import {
  findPasswordHash,
  findUserById,
  lockUser,
  normalizeEmail,
  type Profile,
  profileOf,
  setFirstPassword,
} from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';

/** Users who were made without a password choose it themselves, by a link that works once. */

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** How the link of an invitation reaches whom it is for. */
interface ByMail {
  readonly mail: Pick<
    Mail,
    'isAvailable' | 'isSent' | 'mayReceive' | 'localeFor' | 'write' | 'wake'
  >;
  /** What links begin with. */
  readonly publicUrl: string;
  /** What the request of the administrator asks for, the best first: for who has said nothing yet. */
  readonly languages: readonly string[];
}

/**
 * Makes the token of an invitation, and mails its link if there is mail. An earlier link of the user is void.
 *
 * @param roleIds of roles that the user gets besides: no link without them
 * @returns the link, and whether it was mailed: not if the user has been sent too many mails lately
 * @throws AppError `not_found`, `permission_denied`, `password_already_set`; `invalid_fields` if there is no such role, or
 *   if the user has too many of them
 */
export async function inviteUser(
  { database, clock, settings, mail, publicUrl, languages }: Deps & ByMail,
  actor: Actor,
  userId: number,
  roleIds: readonly number[] = [],
): Promise<{ url: string; expiresAtMs: number; isMailed: boolean }> {
  const invited = await findUserById(database.db, userId);
  const isWritten =
    invited !== undefined &&
    mail.isAvailable &&
    (await mail.mayReceive(normalizeEmail(invited.email)));
  const issued = await database.transact(async (trx) => {
    const user = await lockUser(trx, userId);
    if (!user) throw new AppError('not_found');
    // Anyone who has the link becomes the user.
    await requireMayManage(trx, actor, userId);
    if ((await findPasswordHash(trx, userId)) !== null) throw new AppError('password_already_set');
    const nowMs = clock.nowMs();
    if (roleIds.length > 0) {
      const has = (await findRolesOfUsers(trx, [userId])).map(({ id }) => id);
      await setUserGrants(trx, actor, user, { roleIds: [...new Set([...has, ...roleIds])] }, nowMs);
    }
    const lifetimeMs = settings.get('INVITATION_LIFETIME') * 1000;
    const issuedBy = actor.kind === 'user' ? actor.id : null;
    const link = { purpose: 'invitation', userId, issuedBy, lifetimeMs, nowMs } as const;
    const issued = await issueToken(trx, link);
    const details = { expires_at: new Date(issued.expiresAtMs).toISOString() };
    await record(trx, { kind: 'invitation.created', actor, atMs: nowMs, userId, details });
    const { token, expiresAtMs } = issued;
    const url = invitationUrl(publicUrl, token);
    if (isWritten) {
      const locale = mail.localeFor(user.locale, ...languages);
      const to = { userId, email: user.email, locale, expiresAtMs };
      await mail.write(trx, { kind: 'invitation', ...to, parameters: { link: url } }, nowMs);
    }
    return { url, expiresAtMs };
  });
  if (isWritten) mail.wake();
  return { ...issued, isMailed: isWritten && mail.isSent };
}

interface AcceptDeps extends Deps {
  readonly passwords: Passwords;
  readonly passwordPolicy: PasswordPolicy;
  readonly limits: Limits;
}

export const acceptanceBody = declareBody(
  { token: tokenField, password: passwordField },
  { title: 'InvitationAcceptance' },
);

export const invitationTokenBody = declareBody({ token: tokenField }, { title: 'InvitationToken' });

/**
 * Sets the first password of an invited user, once.
 *
 * @throws AppError `invalid_link_token`, `invalid_fields`, `invalid_body`, `rate_limited`, `overloaded`
 */
export async function acceptInvitation(
  deps: AcceptDeps,
  visitor: Visitor,
  body: Body,
): Promise<Profile> {
  const { database, clock, passwords, limits } = deps;
  const { token, password } = acceptanceBody.read(body);
  const sent = () => ({ purpose: 'invitation', token, nowMs: clock.nowMs() }) as const;
  const { userId } = await checkToken(database.db, limits, visitor.network, sent());
  throwFieldErrors(await passwordProblems(deps, userId ?? 0, password));
  const source = { network: visitor.network, account: `user:${userId}` };
  const passwordHash = await passwords.hash(password, source);
  return await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { userId, issuedBy } = await useToken(trx, sent());
    const id = userId ?? 0;
    const user = await setFirstPassword(trx, id, passwordHash, nowMs);
    // Deactivated meanwhile, or somebody else set a password: then there is nothing to accept. And
    // who gave the link out may become the user: so not if the user has come to more than they have.
    if (!user || (issuedBy !== null && !(await mayManage(trx, issuedBy, id)))) {
      throw new AppError('invalid_link_token');
    }
    const actor = { kind: 'user', id, ip: visitor.ip } as const;
    await record(trx, { kind: 'invitation.accepted', actor, atMs: nowMs, userId: id });
    return profileOf(user);
  });
}

/**
 * Looks at the token of an invitation, which stays good: a page asks before it shows its form.
 *
 * @returns whose password it sets
 * @throws AppError `invalid_link_token`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function checkInvitation(
  { database: { db }, clock, limits }: Pick<AcceptDeps, 'database' | 'clock' | 'limits'>,
  visitor: Visitor,
  body: Body,
): Promise<Pick<Profile, 'email'>> {
  const { token } = invitationTokenBody.read(body);
  const sent = { purpose: 'invitation', token, nowMs: clock.nowMs() } as const;
  const { userId } = await checkToken(db, limits, visitor.network, sent);
  const user = await findUserById(db, userId ?? 0);
  if (!user) throw new AppError('invalid_link_token');
  return { email: user.email };
}

async function passwordProblems(
  { database: { db }, passwordPolicy }: AcceptDeps,
  userId: number,
  password: string,
): Promise<FieldErrors> {
  const owner = await findUserById(db, userId);
  const problems = owner ? await passwordPolicy.problemsOf(password, owner) : [];
  return problems.length > 0 ? { password: problems } : {};
}

/** The link that shows the page on which an invitation is accepted. */
function invitationUrl(publicUrl: string, token: string): string {
  return `${publicUrl}account/invitation/?token=${token}`;
}
