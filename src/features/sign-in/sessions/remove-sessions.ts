import type { Database, Db } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { hasMoreSessions, removeEndedSessions } from './remove-sessions.queries.ts';

/** Some milliseconds of work. */
const stepSize = 1_000;

/**
 * Makes the removal of a user a small transaction: one who signs in all day has hundreds of thousands
 * of ended sessions, and to remove them at once would keep everybody else waiting.
 *
 * @param require what must hold for the user to be removed, asked before anything is: it throws
 */
export async function removeManySessions(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  userId: number,
  require: (trx: Db) => Promise<unknown>,
): Promise<void> {
  if (!(await hasMoreSessions(database.db, userId, stepSize))) return;
  await database.transact(require);
  let removed: number;
  do {
    removed = await removeEndedSessions(database.db, userId, clock.nowMs(), stepSize);
  } while (removed === stepSize);
}
