import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  checkFlow,
  flowSeconds,
  readProof,
  startFlow,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import {
  findUserById,
  lockUser,
  normalizeEmail,
  type OwnProfile,
  ownProfileOf,
  updateUser,
} from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';

/** Users prove that their email is theirs, in a session of their own. */

/** Who is signed in, and from where. */
export interface Own {
  readonly id: number;
  readonly network: string;
  readonly actor: Actor;
}

const purpose = 'email_verification';

/**
 * Begins the proof of the own email, and mails its code. An older flow is void. Where the email has been sent too many
 * mails lately it is answered as if one were sent.
 *
 * @param languages what the request asks for, the best first
 * @throws AppError `mail_not_configured`, `email_already_verified`, `user_inactive`
 */
export async function beginEmailVerification(
  { mail, ...deps }: Deps & { readonly mail: Mail },
  { id, network }: Own,
  languages: readonly string[],
): Promise<{ flow: string; expires_in: number }> {
  mail.requireAvailable();
  const { database, clock } = deps;
  const known = await findUserById(database.db, id);
  if (!known) throw new AppError('user_inactive');
  if (known.email_verified_at_ms !== null) throw new AppError('email_already_verified');
  const mayReceive = await mail.mayReceive(normalizeEmail(known.email));
  const flow = await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const userId = mayReceive ? id : null;
    const email = normalizeEmail(known.email);
    const about = { purpose, userId, email, network, voids: 'all', nowMs } as const;
    const { flow: begun, code, expiresAtMs } = await startFlow(trx, deps, about);
    const locale = mail.localeFor(...languages, known.locale);
    const to = { userId, email: known.email, locale, expiresAtMs, isDecoy: !mayReceive };
    await mail.write(trx, { kind: 'email_verification', ...to, parameters: { code } }, nowMs);
    return begun;
  });
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/**
 * Proves the own email by the code, or the link, of a mail. It takes a session of the same user: so who registered with
 * the email of somebody else cannot have its owner prove it for them by opening a link.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function confirmEmailVerification(
  deps: Deps & { readonly limits: Limits },
  { id, network, actor }: Own,
  body: Body,
): Promise<OwnProfile> {
  const { database, clock } = deps;
  const { proof } = readProof(body, {});
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const proven = await checkFlow(database.db, deps, network, sent());
  if (proven.userId !== id) throw new AppError('flow_expired');
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { userId, email } = await useFlow(trx, deps, sent());
    const user = await lockUser(trx, userId);
    if (!user || normalizeEmail(user.email) !== email) throw new AppError('flow_expired');
    const verified = { email_verified_at_ms: nowMs, updated_at_ms: nowMs };
    const changed = await updateUser(trx, userId, verified);
    await record(trx, { kind: 'email.verified', actor, atMs: nowMs, userId });
    await voidFlows(trx, purpose, userId);
    return ownProfileOf(changed ?? user);
  });
}
