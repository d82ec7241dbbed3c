import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import {
  codeField,
  flowLink,
  flowSeconds,
  readCode,
  startFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import { tokenField } from '../../identity/link-tokens/index.ts';
import {
  type SentReport,
  takeNotice,
  tryNotice,
  type UsedNotice,
  voidNotices,
} from '../../identity/notices/index.ts';
import {
  findPasswordHash,
  isReachedByMail,
  lockUser,
  normalizeEmail,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { cancelResetSilently, dropFactors } from '../../sign-in/factors/index.ts';
import { endUserSessions } from '../../sign-in/sessions/index.ts';

/** "This was not me": what the reader of a security notice does about it. See docs/decisions/not-me.md. */

/** Who sent a report, and how they read. */
export interface Reporter {
  readonly network: string;
  readonly ip: string | null;
  /** What they ask for, the best first. */
  readonly languages: readonly string[];
  /** What links begin with. */
  readonly publicUrl: string;
}

/** What came of a report. */
export interface Reported {
  readonly endedSessions: number;
  /** Whether a reset of factors was cancelled, and nothing else done. */
  readonly isResetCancelled?: true;
  /** The flow of a reset that was mailed; undefined: none was begun, because the password is not the problem. */
  readonly reset?: { readonly flow: string; readonly expiresInSeconds: number };
}

type ReportDeps = Deps & { readonly limits: Limits; readonly mail: Mail };

/**
 * For how long a report also removes the factors that were added since its notice. They may be a thief's, who would keep the
 * owner out of the reset; a reader of the mail alone must not be able to do so much later.
 */
const dropsFactorsMs = 3 * 86_400_000;

export const notMeBody = declareBody({ token: tokenField, code: codeField }, { title: 'NotMe' });
/** Read first: what is wrong with the code has an error of its own. */
const linkBody = declareBody({ token: tokenField });

/**
 * Reads and carries out a report.
 *
 * @throws AppError `invalid_link_token`, `invalid_code`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export function reportNotMe(deps: ReportDeps, reporter: Reporter, body: Body): Promise<Reported> {
  const { token } = linkBody.read(body);
  return carryOut(deps, reporter, { token, code: readCode(body) });
}

/**
 * Looks at the link of a notice, which stays good: a page asks before it shows its form.
 *
 * @throws AppError `invalid_link_token`, `rate_limited`
 */
export function checkReport(
  deps: Deps & { readonly limits: Limits },
  network: string,
  token: string,
): Promise<UsedNotice> {
  return tryNotice(deps.database.db, deps, network, { token, nowMs: deps.clock.nowMs() });
}

/**
 * Carries out a report, all of it or nothing: support access ends; of anything else every session ends, the password
 * and the factors that were added since are removed, and a reset is mailed.
 *
 * @param sent without `code` where the reporter is signed in as the user
 * @throws AppError `invalid_link_token`, `invalid_code`, `rate_limited`
 */
export async function carryOut(
  deps: ReportDeps,
  reporter: Reporter,
  sent: { readonly token: string; readonly code?: string },
): Promise<Reported> {
  const { database, clock, mail } = deps;
  const now = () => ({ ...sent, nowMs: clock.nowMs() });
  await tryNotice(database.db, deps, reporter.network, now());
  const reported = await database.transact(async (trx) => {
    const { nowMs } = now();
    const { notice, user } = await takeOwnNotice(trx, { ...sent, nowMs });
    if (notice.kind === 'impersonation_started') return endSupport(trx, reporter, notice, nowMs);
    if (await isResetCancelled(trx, reporter, notice, nowMs)) {
      return { endedSessions: 0, isResetCancelled: true } as const;
    }
    return shutOut(trx, deps, reporter, { notice, user, nowMs });
  });
  mail.wake();
  return reported;
}

/**
 * Uses the link of a notice up whose mail the user still reads: that of an email from before is read by somebody else.
 *
 * @throws AppError `invalid_link_token`
 */
async function takeOwnNotice(
  trx: Db,
  sent: SentReport,
): Promise<{ readonly notice: UsedNotice; readonly user: User }> {
  const notice = await takeNotice(trx, sent);
  const user = await lockUser(trx, notice.userId);
  if (user?.isActive !== 1 || normalizeEmail(user.email) !== notice.email) {
    throw new AppError('invalid_link_token');
  }
  return { notice, user };
}

/** Cancels a reset of factors that waits: nothing has happened yet that would have to be undone. */
async function isResetCancelled(
  trx: Db,
  { ip }: Pick<Reporter, 'ip'>,
  { kind, userId }: UsedNotice,
  nowMs: number,
): Promise<boolean> {
  if (kind !== 'factors_reset_requested') return false;
  const actor = { kind: 'user', id: userId, ip } as const;
  return await cancelResetSilently(trx, userId, { actor, nowMs });
}

export const resetCancellationBody = declareBody(
  { token: tokenField },
  { title: 'FactorResetCancellation' },
);

/**
 * Cancels a reset of factors by the link of the notice of it. It can only keep factors, so it takes no code.
 *
 * @throws AppError `invalid_link_token` also if it was done or cancelled before; `invalid_fields`, `invalid_body`,
 *   `rate_limited`
 */
export async function cancelResetByNotice(
  deps: Deps & { readonly limits: Limits },
  reporter: Pick<Reporter, 'ip' | 'network'>,
  body: Body,
): Promise<void> {
  const { database, clock } = deps;
  const { token } = resetCancellationBody.read(body);
  const now = () => ({ token, nowMs: clock.nowMs() });
  await tryNotice(database.db, deps, reporter.network, now());
  await database.transact(async (trx) => {
    const { nowMs } = now();
    const { notice } = await takeOwnNotice(trx, { token, nowMs });
    if (await isResetCancelled(trx, reporter, notice, nowMs)) return;
    throw new AppError('invalid_link_token');
  });
}

async function endSupport(
  trx: Db,
  { ip }: Reporter,
  { kind, userId, sessionId }: UsedNotice,
  nowMs: number,
): Promise<Reported> {
  const actor = { kind: 'user', id: userId, ip } as const;
  const which = { id: sessionId ?? 0 };
  const endedSessions = await endUserSessions(
    trx,
    userId,
    'session_revoked',
    { actor, nowMs },
    which,
  );
  const details = { notice: kind, ended_sessions: endedSessions, password_removed: false };
  await record(trx, { kind: 'notice.reported', actor, atMs: nowMs, userId, details });
  return { endedSessions };
}

async function shutOut(
  trx: Db,
  deps: ReportDeps,
  { ip, network, languages, publicUrl }: Reporter,
  { notice, user, nowMs }: { notice: UsedNotice; user: User; nowMs: number },
): Promise<Reported> {
  const { id: userId } = user;
  const actor = { kind: 'user', id: userId, ip } as const;
  // Where no mail proves who they are, the user could not set a new one.
  const mayReset = deps.mail.isAvailable && isReachedByMail(user, nowMs);
  const hadPassword = (await findPasswordHash(trx, userId)) !== null;
  if (mayReset) await updateUser(trx, userId, { passwordHash: null, updatedAtMs: nowMs });
  const by = { actor, nowMs };
  if (nowMs - notice.atMs < dropsFactorsMs) await dropFactors(trx, userId, by, notice.atMs);
  const endedSessions = await endUserSessions(trx, userId, 'reported_by_user', by);
  await voidNotices(trx, userId);
  await voidFlows(trx, 'password_reset', userId);
  await voidFlows(trx, 'mail_sign_in', userId);
  await voidFlows(trx, 'email_change', userId);
  const details = {
    notice: notice.kind,
    ended_sessions: endedSessions,
    password_removed: mayReset && hadPassword,
  };
  await record(trx, { kind: 'notice.reported', actor, atMs: nowMs, userId, details });
  if (!mayReset) return { endedSessions };
  const about = { purpose: 'password_reset', userId, email: notice.email, network } as const;
  const started = await startFlow(trx, deps, { ...about, isUnbounded: true, voids: 'all', nowMs });
  // It counts for no limit: there is one for each notice, and a stranger who has used the limit up must not be able
  // to keep the owner out.
  await deps.mail.write(
    trx,
    {
      ...{ kind: 'password_reset', userId, email: user.email },
      locale: deps.mail.localeFor(...languages, user.locale),
      parameters: {
        code: started.code,
        link: flowLink(publicUrl, 'password_reset', started.token),
        ...{ atMs: nowMs, ip },
      },
      expiresAtMs: started.expiresAtMs,
    },
    nowMs,
  );
  return { endedSessions, reset: { flow: started.flow, expiresInSeconds: flowSeconds } };
}
