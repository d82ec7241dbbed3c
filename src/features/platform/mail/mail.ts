import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { findLanguage } from '../../../lib/languages.ts';
import type { MailDelivery } from '../../../lib/mail-delivery.ts';
import { mailRecipient } from '../../../lib/mail-recipient.ts';
import { isReservedDomain, mailboxOf } from '../../../lib/mailbox.ts';
import type { Limits } from '../limits/index.ts';
import { isBounced, noteMailToBounced } from './bounces/bounces.queries.ts';
import { locales, type MailTexts } from './messages/mail-texts.ts';
import type { MessageKind } from './messages/messages.ts';
import { type NewMail, writeMail } from './outbox.ts';

const dayMs = 86_400_000;

/** What features send mail with. No request waits for an SMTP server: mails go by the outbox. */
export interface Mail {
  /** Whether mail can be sent, or is kept to be read. */
  readonly isAvailable: boolean;
  /** Whether an SMTP server gets it: otherwise it reaches nobody by itself. */
  readonly isSent: boolean;
  /** @throws AppError `mail_not_configured` */
  requireAvailable(): void;
  /**
   * Counts a mail for whom it is for, whether or not they have an account: so the answer tells nobody whether they do.
   * All spellings of a mailbox count together.
   *
   * @param email as `normalizeEmail` has it
   * @param shown what the asker has shown, which strangers cannot: it has a count of its own. Absent: nothing
   * @returns whether the limits let it be sent; what they do not is answered as if it were
   */
  isWithinLimits(email: string, shown?: string): Promise<boolean>;
  /**
   * Whether mail gets to an email, as far as is known. Of one that mail came back from, one a day is let through, so
   * that its owner can prove it again. Only emails of accounts are known, so nothing that a stranger sees may depend
   * on it. No mail is sent to a domain that nobody can have, or to an IP address.
   *
   * @param email as `normalizeEmail` has it
   * @param isBounced whether mail to it came back; absent: to be looked up
   */
  reaches(email: string, isBounced?: boolean): Promise<boolean>;
  /** Both of them. With `shown` its own count is used where strangers have used up that of the email. */
  mayReceive(email: string, shown?: string): Promise<boolean>;
  /**
   * Counts a mail for the network that it is asked for from.
   *
   * @param network as `countedNetwork` has it
   */
  isWithinNetworkLimit(network: string): Promise<boolean>;
  /**
   * The same for a mail that somebody has sent to themselves, who may know.
   *
   * @throws AppError `rate_limited`
   */
  countFor(email: string): Promise<void>;
  /** The languages that mails can be written in, ours first. */
  readonly languages: readonly string[];
  /**
   * The language of a mail.
   *
   * @param wanted what the request of whom it is for asks for, the best first, then what is known of the user
   */
  localeFor(...wanted: readonly (string | null | undefined)[]): string;
  /**
   * Puts a mail into the outbox, in the transaction that causes it. Call `wake` once that is committed.
   *
   * @throws AppError `mail_not_configured`
   */
  write<Kind extends MessageKind>(trx: Db, mail: NewMail<Kind>, nowMs: number): Promise<void>;
  /** Whether mail to an email came back. @param email as `normalizeEmail` has it */
  isBounced(db: Db, email: string): Promise<boolean>;
  /** Sends what was written now; without it that takes up to a second. */
  wake(): void;
}

/** What writes mails and counts none. */
export type MailWriter = Pick<
  Mail,
  'isAvailable' | 'isSent' | 'requireAvailable' | 'isBounced' | 'languages' | 'localeFor' | 'write'
>;

type WriterDeps = Pick<Deps, 'mailDelivery' | 'secretKey'> & { readonly mailTexts: MailTexts };

export function createMailWriter({ mailDelivery, secretKey, mailTexts }: WriterDeps): MailWriter {
  function delivery() {
    if (!mailDelivery) throw new AppError('mail_not_configured');
    return mailDelivery;
  }

  return {
    isAvailable: mailDelivery !== undefined,
    isSent: mailDelivery?.by === 'smtp',
    requireAvailable: () => void delivery(),
    isBounced,
    languages: mailTexts.languages,
    localeFor: (...wanted) => findLanguage(wanted, mailTexts.languages) ?? locales[0],
    async write(trx, message, nowMs) {
      const to = delivery();
      const leaves = canLeave(to, message.email); // asked of decoys as well: it takes as long
      const isDecoy = message.isDecoy || !leaves;
      await writeMail(trx, { secretKey, from: to.from, nowMs }, { ...message, isDecoy });
    },
  };
}

/**
 * Whether a mail may be handed to the SMTP server: one to a reserved name only comes back, and one to an IP address
 * or `localhost` would get to machines behind it that strangers have no business with. A server on this machine may
 * be a developer's, who sees mail to `ada@example.com` there.
 */
function canLeave(delivery: MailDelivery | undefined, email: string): boolean {
  if (delivery?.by !== 'smtp') return true;
  const recipient = mailRecipient(email);
  const domain = recipient.slice(recipient.lastIndexOf('@') + 1);
  return !domain.startsWith('[') && (delivery.server.isLocal || !isReservedDomain(domain));
}

/** @param wake starts the delivery */
export function createMail(
  deps: WriterDeps & Pick<Deps, 'database' | 'clock'> & { readonly limits: Limits },
  wake: () => void,
): Mail {
  const { limits, clock } = deps;
  const { db } = deps.database;

  async function countFor(email: string, shown = ''): Promise<void> {
    const key = limits.accountKey(`${mailboxOf(email)} ${shown}`);
    await limits.count('MAILS_PER_RECIPIENT', key);
    await limits.count('MAILS_PER_RECIPIENT_A_DAY', key);
  }

  const isWithinLimits = (email: string, shown?: string) => isCounted(() => countFor(email, shown));

  async function reaches(email: string, hasBounced?: boolean): Promise<boolean> {
    if (!canLeave(deps.mailDelivery, email)) return false;
    if (!(hasBounced ?? (await isBounced(db, email)))) return true;
    const nowMs = clock.nowMs();
    return noteMailToBounced(db, { emailNormalized: email, nowMs, sinceMs: nowMs - dayMs });
  }

  return {
    ...createMailWriter(deps),
    countFor: (email) => countFor(email),
    isWithinLimits,
    reaches,
    async mayReceive(email, shown) {
      const isWithin =
        (await isWithinLimits(email)) ||
        (shown !== undefined && (await isWithinLimits(email, shown)));
      return isWithin && reaches(email);
    },
    isWithinNetworkLimit: (network) =>
      isCounted(async () => limits.count('MAILS_PER_NETWORK', network)),
    wake,
  };
}

async function isCounted(count: () => Promise<void>): Promise<boolean> {
  try {
    await count();
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === 'rate_limited') return false;
    throw error;
  }
}
