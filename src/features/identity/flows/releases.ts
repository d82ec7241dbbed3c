import { createHash } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import { sentTokenHash } from '../link-tokens/index.ts';
import { type FoundFlow, findReleaseFlow, takeReleaseFlow } from './flows.queries.ts';

/** What the link of a mail may take back: an email, and the account that has it and may not be reset by it yet. */
export interface Release {
  readonly userId: number;
  /** As `normalizeEmail` has it. */
  readonly email: string;
}

/**
 * The flow of somebody who asked to reset an account whose email nobody has proven (see `beginMailedFlow`): its code is
 * worth nothing, but the token of its link takes the email off the account.
 */
export async function findRelease(
  db: Db,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<Release | undefined> {
  return releaseOf(await findReleaseFlow(db, { tokenHash: sentTokenHash(token), nowMs }));
}

/** Ends it, in the transaction that does so. */
export async function useRelease(
  trx: Db,
  { token, nowMs }: { readonly token: string; readonly nowMs: number },
): Promise<Release | undefined> {
  return releaseOf(await takeReleaseFlow(trx, { tokenHash: sentTokenHash(token), nowMs }));
}

function releaseOf(
  row: Pick<FoundFlow, 'userId' | 'emailNormalized'> | undefined,
): Release | undefined {
  if (!row || row.userId === null) return undefined;
  return { userId: row.userId, email: row.emailNormalized };
}

/**
 * The code that the pages of an undo and of a release ask for. It is in the same mail as the link, and keeps mail
 * scanners, which open links and press buttons, from undoing anything. It is made from the token: it is not a second
 * secret.
 */
export function undoCode(token: string): string {
  const digest = createHash('sha256').update(`latchkey undo code ${token}`).digest();
  return String(digest.readUInt32BE() % 1_000_000).padStart(6, '0');
}
