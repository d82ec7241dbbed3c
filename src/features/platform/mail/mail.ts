import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { findLanguage } from '../../../lib/languages.ts';
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
  /** @throws AppError `mail_not_configured` */
  requireAvailable(): void;
  /**
   * Counts a mail for whom it is for, whether or not they have an account. Of an email that mail came back from, one a
   * day is let through, so that its owner can prove it again.
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
  /** Whether mail to an email came back. @param email as `normalizeEmail` has it */
  isBounced(db: Db, email: string): Promise<boolean>;
  /** Sends what was written now; without it that takes up to a second. */
  wake(): void;
}

/** What writes mails and counts none. */
export type MailWriter = Pick<
  Mail,
  'isAvailable' | 'requireAvailable' | 'isBounced' | 'localeFor' | 'write'
>;

type WriterDeps = Pick<Deps, 'mailDelivery' | 'secretKey'> & { readonly mailTexts: MailTexts };

export function createMailWriter({ mailDelivery, secretKey, mailTexts }: WriterDeps): MailWriter {
  function delivery() {
    if (!mailDelivery) throw new AppError('mail_not_configured');
    return mailDelivery;
  }

  return {
    isAvailable: mailDelivery !== undefined,
    requireAvailable: () => void delivery(),
    isBounced,
    localeFor: (...wanted) => findLanguage(wanted, mailTexts.languages) ?? locales[0],
    write: (trx, message, nowMs) =>
      writeMail(trx, { secretKey, from: delivery().from, nowMs }, message),
  };
}

/** @param wake tells whoever delivers */
export function createMail(
  deps: WriterDeps & Pick<Deps, 'database' | 'clock'> & { readonly limits: Limits },
  wake: () => void,
): Mail {
  const { limits, clock } = deps;
  const { db } = deps.database;

  async function countFor(email: string): Promise<void> {
    const key = limits.accountKey(email);
    await limits.count('MAILS_PER_RECIPIENT', key);
    await limits.count('MAILS_PER_RECIPIENT_A_DAY', key);
  }

  return {
    ...createMailWriter(deps),
    countFor,
    async mayReceive(email) {
      try {
        await countFor(email);
      } catch (error) {
        if (error instanceof AppError && error.code === 'rate_limited') return false;
        throw error;
      }
      if (!(await isBounced(db, email))) return true;
      const nowMs = clock.nowMs();
      return noteMailToBounced(db, { emailNormalized: email, nowMs, sinceMs: nowMs - dayMs });
    },
    wake,
  };
}
