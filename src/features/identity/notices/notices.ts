import { createHmac } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { derivedKey } from '../../../lib/derived-key.ts';
import type { SettingName } from '../../../settings/registry.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { MailWriter, NoticeKind, NoticeParameters } from '../../platform/mail/index.ts';
import { newToken, sentTokenHash } from '../link-tokens/index.ts';
import { normalizeEmail, type User } from '../users/index.ts';
import { mailDevice } from './mail-device.ts';
import {
  countTry,
  deleteNotice,
  deleteNoticesOf,
  findDeviceOf,
  findNotice,
  hasNoticeSince,
  insertNotice,
  type NoticeRow,
} from './notices.queries.ts';

/**
 * Security notices: users are told by mail what happened to their account, and can say that it was not them. See
 * docs/decisions/notices.md.
 */

const dayMs = 86_400_000;

/** For how long the link of a notice works. */
export const noticeLifetimeMs = 7 * dayMs;

/** How often a code may be sent for one notice. */
const maxTries = 10;
const codeDigits = 6;

interface NoticeRule {
  /** The setting that switches it on and off. */
  readonly setting: SettingName;
  /** Whether its reader can do something about it by a link. */
  readonly hasLink: boolean;
  /** Whether a user is sent no more than one a day. */
  readonly isDaily?: true;
}

const rules: Readonly<Record<NoticeKind, NoticeRule>> = {
  password_changed: { setting: 'NOTICE_PASSWORD', hasLink: true },
  password_was_reset: { setting: 'NOTICE_RECOVERY', hasLink: true },
  mail_sign_in_used: { setting: 'NOTICE_RECOVERY', hasLink: true, isDaily: true },
  new_device: { setting: 'NOTICE_NEW_DEVICE', hasLink: true, isDaily: true },
  factor_added: { setting: 'NOTICE_FACTOR', hasLink: true },
  factor_removed: { setting: 'NOTICE_FACTOR', hasLink: true },
  recovery_code_used: { setting: 'NOTICE_FACTOR', hasLink: true },
  recovery_codes_replaced: { setting: 'NOTICE_FACTOR', hasLink: true },
  password_set: { setting: 'NOTICE_ADMINISTRATOR', hasLink: true },
  factors_reset_requested: { setting: 'NOTICE_ADMINISTRATOR', hasLink: true },
  factors_reset: { setting: 'NOTICE_ADMINISTRATOR', hasLink: true },
  factors_reset_cancelled: { setting: 'NOTICE_ADMINISTRATOR', hasLink: true },
  // Its reader has just proven the email: a link could do no more.
  factors_dropped: { setting: 'NOTICE_FACTOR', hasLink: false },
  impersonation_started: { setting: 'NOTICE_ADMINISTRATOR', hasLink: true },
  // The reader of the old email has no right to the account any more.
  email_set: { setting: 'NOTICE_ADMINISTRATOR', hasLink: false },
  // Nothing is left that a link could end.
  account_deactivated: { setting: 'NOTICE_ADMINISTRATOR', hasLink: false },
  account_deleted: { setting: 'NOTICE_ACCOUNT_DELETED', hasLink: false },
};

/** Something that happened to an account. */
export interface NewNotice {
  readonly kind: NoticeKind;
  /** Whose account it is, with the email that the notice goes to. */
  readonly user: Pick<User, 'id' | 'email' | 'locale'>;
  readonly nowMs: number;
  /** Where it was done from; null or absent: nobody knows, or the user need not. */
  readonly ip?: string | null | undefined;
  /** As sessions have it; absent: that of the session. */
  readonly device?: string | null | undefined;
  /** The session that it is about, or was done in. */
  readonly sessionId?: number | undefined;
  /** Which kind of factor it is about; absent: about none. */
  readonly factor?: NoticeParameters['factor'];
  /** How many recovery codes are left, where one was used. */
  readonly codesLeft?: number;
  /** When it is going to happen; absent: it did. */
  readonly dueAtMs?: number;
  /** What has cancelled a reset of factors. An administrator's doing is not undone by a link. */
  readonly cancelledBy?: NoticeParameters['cancelledBy'];
}

export interface Notices {
  /** Whether users are told of it: where there is mail, and the setting is on. */
  isOn(kind: NoticeKind): boolean;
  /**
   * Puts a notice into the outbox, in the transaction of what it tells of. Never refuses: what a limit or a setting
   * keeps back is not sent.
   */
  write(trx: Db, notice: NewNotice): Promise<void>;
}

/** For those who have no mail: nobody is told of anything. */
export const noNotices: Notices = { isOn: () => false, write: async () => undefined };

interface NoticeDeps extends Pick<Deps, 'settings' | 'secretKey'> {
  readonly mail: MailWriter;
  /** Absent: nothing is counted. */
  readonly limits?: Limits;
  /** What links begin with. */
  publicUrl(): string;
}

export function createNotices({
  settings,
  mail,
  limits,
  secretKey,
  publicUrl,
}: NoticeDeps): Notices {
  const isOn = (kind: NoticeKind) => mail.isAvailable && settings.get(rules[kind].setting) === true;

  /** A few of each kind: causing many of one kind keeps neither another kind nor a code from being sent. */
  async function isWithinLimit({ kind, user }: NewNotice): Promise<boolean> {
    if (!limits) return true;
    try {
      const key = limits.accountKey(`${normalizeEmail(user.email)} ${kind}`);
      await limits.count('NOTICES_PER_RECIPIENT', key);
      return true;
    } catch (error) {
      if (error instanceof AppError && error.code === 'rate_limited') return false;
      throw error;
    }
  }

  return {
    isOn,
    async write(trx, notice) {
      const { kind, user, nowMs, ip = null, sessionId, factor, codesLeft, dueAtMs } = notice;
      if (!isOn(kind)) return;
      const { cancelledBy } = notice;
      const { isDaily } = rules[kind];
      const hasLink = rules[kind].hasLink && cancelledBy !== 'administrator';
      const lately = { userId: user.id, kind, sinceMs: nowMs - dayMs };
      if (isDaily && (await hasNoticeSince(trx, lately))) return;
      if (await mail.isBounced(trx, normalizeEmail(user.email))) return;
      if (!(await isWithinLimit(notice))) return;
      const known = sessionId === undefined ? null : await findDeviceOf(trx, sessionId);
      const device = mailDevice(notice.device === undefined ? known : notice.device);
      const expiresAtMs = nowMs + noticeLifetimeMs;
      const { token, hash } = newToken();
      if (hasLink) {
        await insertNotice(trx, {
          tokenHash: hash,
          kind,
          userId: user.id,
          emailNormalized: normalizeEmail(user.email),
          sessionId: sessionId ?? null,
          createdAtMs: nowMs,
          expiresAtMs,
        });
      }
      const link = `${publicUrl()}account/not-me/?token=${token}`;
      const notMe = hasLink ? { link, code: codeOf(secretKey, token) } : null;
      await mail.write(
        trx,
        {
          kind,
          userId: kind === 'account_deleted' ? null : user.id, // whose mails go with them
          email: user.email,
          locale: mail.localeFor(user.locale), // that of the request may be a thief's
          parameters: {
            ...{ atMs: nowMs, ip, device, notMe },
            ...(factor && { factor }),
            ...(codesLeft !== undefined && { codesLeft }),
            ...(dueAtMs !== undefined && { dueAtMs }),
            ...(cancelledBy && { cancelledBy }),
          },
          expiresAtMs,
        },
        nowMs,
      );
    },
  };
}

/**
 * The code beside a link. It is not a second secret, but shows that somebody has read the mail: scanners open links,
 * and press the buttons behind them.
 */
function codeOf(secretKey: string, token: string): string {
  const key = derivedKey(secretKey, 'latchkey notice codes');
  const bits = createHmac('sha256', key).update(token).digest().readUIntBE(0, 6);
  return String(bits % 10 ** codeDigits).padStart(codeDigits, '0');
}

/** What the link of a notice was about. */
export interface UsedNotice {
  readonly kind: NoticeKind;
  readonly userId: number;
  /** Whom it was mailed to, as `normalizeEmail` has it. */
  readonly email: string;
  readonly sessionId: number | null;
  /** When it was written. */
  readonly atMs: number;
}

/** What somebody sent who says that it was not them. */
export interface SentReport {
  readonly token: string;
  /** Absent: they are known to be the user in another way. */
  readonly code?: string;
  readonly nowMs: number;
}

/**
 * Holds token and code against each other. A code may be wrong nine times.
 *
 * @returns what it is about
 * @throws AppError `invalid_link_token`; `invalid_code`, which says how many tries are left; `rate_limited`
 */
export async function tryNotice(
  db: Db,
  {
    limits,
    secretKey,
    secretKeyFallbacks = [],
  }: Pick<Deps, 'secretKey' | 'secretKeyFallbacks'> & { readonly limits: Limits },
  network: string,
  { token, code, nowMs }: SentReport,
): Promise<UsedNotice> {
  const key = { tokenHash: sentTokenHash(token), nowMs, maxTries };
  const row = await (code === undefined ? findNotice(db, key) : countTry(db, key));
  const codes = [secretKey, ...secretKeyFallbacks].map((secret) => codeOf(secret, token));
  if (row && (code === undefined || codes.includes(code))) return usedOf(row);
  // One that is good is not counted: a neighbour who tries keeps nobody from their own link.
  using guess = await limits.beginGuess({
    ifWrong: [['LINK_TOKEN_FAILURES_PER_NETWORK', network]],
  });
  await guess.fail();
  if (!row || row.tries >= maxTries) throw new AppError('invalid_link_token');
  throw new AppError('invalid_code', { members: { tries_left: maxTries - row.tries } });
}

/**
 * Uses the link of a notice up, in the transaction that does what it is for.
 *
 * @throws AppError `invalid_link_token`
 */
export async function takeNotice(trx: Db, { token, nowMs }: SentReport): Promise<UsedNotice> {
  const row = await deleteNotice(trx, { tokenHash: sentTokenHash(token), nowMs });
  if (!row) throw new AppError('invalid_link_token');
  return usedOf(row);
}

function usedOf(row: NoticeRow): UsedNotice {
  return {
    kind: row.kind as NoticeKind,
    userId: row.userId,
    email: row.emailNormalized,
    sessionId: row.sessionId,
    atMs: row.createdAtMs,
  };
}

/**
 * Voids the links of a user's notices: what they are about is over, because all sessions have ended and there is a new
 * password. Else the second of two mails would take it away again. Support access goes on.
 */
export function voidNotices(trx: Db, userId: number): Promise<void> {
  return deleteNoticesOf(trx, userId, 'impersonation_started');
}
