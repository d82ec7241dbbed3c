import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Actor } from '../../platform/audit/index.ts';
import {
  findImportedHashes,
  type ImportedToken,
  importTokens,
} from '../../sign-in/sessions/index.ts';
import type { Refusal, RefusalReason } from './check-record.ts';
import { checkToken } from './check-token.ts';
import type { Dump } from './django-dump.ts';
import { endRevokedTokens } from './end-revoked-tokens.ts';
import { inBatches } from './in-batches.ts';
import { readRecords } from './read-records.ts';
import type { OnRead } from './read-text.ts';
import { noUser, type SeenRows } from './seen-rows.ts';

export interface TokenSummary {
  readonly rows: number;
  readonly imported: number;
  readonly alreadyPresent: number;
  /** The tokens that had expired, or were revoked. */
  readonly ended: number;
  readonly refused: number;
  /** The sessions of tokens imported before that ended, because the dump does not have them as good any more. */
  readonly sessionsEnded: number;
}

interface Options {
  readonly actor: Actor;
  readonly dryRun: boolean;
  /** Whether tokens that were imported before end with those of the dump. */
  readonly endsRevoked: boolean;
  readonly dump: Dump;
  readonly seen: SeenRows;
  readonly onRead: OnRead;
  onRefused(refusal: Refusal): void;
}

/** Imports the refresh tokens of a dump, once its users are there: each continues as a session of ours. */
export async function importDumpTokens(
  deps: { readonly database: Database; readonly clock: Clock },
  path: string,
  { actor, dryRun, endsRevoked, dump, seen, onRead, onRefused }: Options,
): Promise<TokenSummary> {
  const { database, clock } = deps;
  const count = { rows: 0, imported: 0, alreadyPresent: 0, ended: 0, refused: 0 };

  function refuse(place: number, reason: RefusalReason, text: string): undefined {
    count.refused += 1;
    onRefused({ place, email: '', username: '', fileId: '', reason, text });
  }

  async function* tokens(): AsyncGenerator<ImportedToken> {
    for await (const item of readRecords(path, onRead)) {
      if (!('model' in item && dump.tokenModels.has(item.model))) continue;
      count.rows += 1;
      const token = checkToken(item, clock.nowMs());
      if (token === undefined) count.ended += 1;
      else if (typeof token === 'string') refuse(item.place, 'invalid_fields', token);
      else {
        if (endsRevoked) seen.noteToken(token.tokenHash);
        const userId = seen.findUser(token.user);
        if (userId === undefined) {
          refuse(token.place, 'user_not_imported', 'Its user is not in the file, or was refused.');
        } else if (userId === noUser) {
          const text = 'The account of its user was not imported. See --reset-unused.';
          refuse(token.place, 'user_not_imported', text);
        } else yield { ...token, userId };
      }
    }
  }

  async function importBatch(batch: readonly ImportedToken[]): Promise<void> {
    const nowMs = clock.nowMs();
    const once = [...new Map(batch.map((token) => [token.tokenHash, token])).values()];
    const hashes = once.map(({ tokenHash }) => tokenHash);
    const added = dryRun
      ? once.length - (await findImportedHashes(database.db, database, hashes)).length
      : await database.transact((trx) => importTokens(trx, database, once, { actor, nowMs }));
    count.imported += added;
    count.alreadyPresent += batch.length - added;
  }

  await inBatches(tokens(), importBatch, { pauses: !dryRun });
  // A dump without one token says nothing of tokens: it may be one of the users alone.
  const sessionsEnded =
    endsRevoked && count.rows > 0
      ? await endRevokedTokens(deps, { actor, dryRun, isLive: seen.hasToken })
      : 0;
  return { ...count, sessionsEnded };
}
