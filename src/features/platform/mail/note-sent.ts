import type { Database } from '../../../db/database.ts';
import { type Claim, finishMail, type MailEnd } from './outbox.queries.ts';

/**
 * How long a mail waits for others that are on their way. A server that is killed in that time sends it once more, with
 * the same Message-ID, as one that is killed before the reply comes.
 */
const waitMs = 10;

interface Waiting extends PromiseWithResolvers<void> {
  readonly claim: Claim;
  readonly end: MailEnd;
}

/**
 * Notes which mails were sent, those of some milliseconds in one transaction: a commit for each costs as much as to send it.
 *
 * @returns done once it is on disk; `underWay`: how many mails are sent or noted now; once all of them wait here, nothing
 *   more is waited for
 */
export function createSentNotes(database: Database) {
  let waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  async function note(): Promise<void> {
    const all = waiting;
    waiting = [];
    clearTimeout(timer);
    timer = undefined;
    try {
      await database.transact(async (trx) => {
        for (const { claim, end } of all) await finishMail(trx, claim, end);
      });
      for (const { resolve } of all) resolve();
    } catch (error) {
      for (const { reject } of all) reject(error);
    }
  }

  return (claim: Claim, end: MailEnd, underWay: number): Promise<void> => {
    const own = Promise.withResolvers<void>();
    waiting.push({ claim, end, ...own });
    if (waiting.length >= underWay) void note();
    else timer ??= setTimeout(note, waitMs);
    return own.promise;
  };
}
