import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { findLanguage } from '../../../lib/languages.ts';
import type { Limits } from '../limits/index.ts';
import { locales, type MailTexts } from './messages/mail-texts.ts';
import type { MessageKind } from './messages/messages.ts';
import { type NewMail, writeMail } from './outbox.ts';

/** What features send mail with. No request waits for an SMTP server: mails go by the outbox. */
export interface Mail {
  /** Whether mail can be sent, or is kept to be read. */
  readonly isAvailable: boolean;
  /** @throws AppError `mail_not_configured` */
  requireAvailable(): void;
  /**
   * Counts a mail for whom it is for, whether or not they have an account.
   *
   * @param email as `normalizeEmail` has it
   * @returns whether it may be sent; what may not be is answered as if it were
   */
  mayReceive(email: string): Promise<boolean>;
  /**
   * The same for a mail that somebody has sent to themselves, who may know.
   *
   * @throws AppError `rate_limited`
   */
  countFor(email: string): Promise<void>;
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
  /** Sends what was written now; without it that takes up to a second. */
  wake(): void;
}

/** @param wake tells whoever delivers */
export function createMail(
  deps: Pick<Deps, 'mailDelivery' | 'secretKey'> & {
    readonly limits: Limits;
    readonly mailTexts: MailTexts;
  },
  wake: () => void,
): Mail {
  const { mailDelivery, secretKey, limits, mailTexts } = deps;

  function delivery() {
    if (!mailDelivery) throw new AppError('mail_not_configured');
    return mailDelivery;
  }

  async function countFor(email: string): Promise<void> {
    const key = limits.accountKey(email);
    await limits.count('MAILS_PER_RECIPIENT', key);
    await limits.count('MAILS_PER_RECIPIENT_A_DAY', key);
  }

  return {
    isAvailable: mailDelivery !== undefined,
    requireAvailable: () => void delivery(),
    countFor,
    async mayReceive(email) {
      try {
        await countFor(email);
        return true;
      } catch (error) {
        if (error instanceof AppError && error.code === 'rate_limited') return false;
        throw error;
      }
    },
    localeFor: (...wanted) => findLanguage(wanted, mailTexts.languages) ?? locales[0],
    write: (trx, message, nowMs) =>
      writeMail(trx, { secretKey, from: delivery().from, nowMs }, message),
    wake,
  };
}
