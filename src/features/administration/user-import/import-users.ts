import type { Database } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { OperatorError } from '../../../lib/operator-error.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { addUsers, wouldAdd } from './add-users.ts';
import { type Candidate, checkRecord, type RefusalReason } from './check-record.ts';
import { type Dump, readDjangoUser, surveyDump } from './django-dump.ts';
import { type AppSummary, createDumpApps } from './dump-apps.ts';
import { importDumpTokens, type TokenSummary } from './import-tokens.ts';
import { inBatches } from './in-batches.ts';
import { type ImportRecord, readRecords } from './read-records.ts';
import type { OnRead } from './read-text.ts';
import { createRolesOf, type RoleMapping } from './role-mapping.ts';
import { createSeenRows, noUser } from './seen-rows.ts';
import { type LeftRow, splitKnown } from './split-known.ts';
import {
  findKnownUsers,
  findReservations,
  type IdRange,
  largestUserIdEver,
  reserveUserIds,
} from './user-import.queries.ts';

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
  /**
   * Of the server, under which secrets of authenticator apps are sealed; absent: nobody knows it, or the database is used
   * with another one.
   */
  readonly secretKey?: string | undefined;
}

export interface ImportProgress {
  readonly rows: number;
  /** How many bytes of the file have been read. */
  readonly bytes: number;
}

export interface ImportOptions {
  readonly actor: Actor;
  /** Looks at every row, and imports none. */
  readonly dryRun?: boolean;
  /** Users get the ids that the file has for them. */
  readonly keepIds?: boolean;
  /** Accounts that exist, and that nobody has signed in to, are set to the data of the file. */
  readonly resetsUnused?: boolean;
  /** Of Django's objects, those of this model are the users; undefined: it is found by its fields. */
  readonly model?: string | undefined;
  /** And those of this model the refresh tokens; undefined: it is found by its name. */
  readonly tokenModel?: string | undefined;
  readonly roles?: RoleMapping | undefined;
  onLeft?(row: LeftRow): void;
  onProgress?(progress: ImportProgress): void;
}

export interface ImportSummary {
  readonly rows: number;
  readonly imported: number;
  readonly superusers: number;
  readonly withoutPassword: number;
  readonly withRoles: number;
  /** Of the imported ones, those with an authenticator app. */
  readonly withApp: number;
  readonly reset: number;
  readonly alreadyPresent: number;
  /** Of those the accounts that no import has made. */
  readonly registeredHere: number;
  /** Of those the accounts that nobody has signed in to here. */
  readonly unused: number;
  /** Of them those that are deactivated or a superuser in the file and not here, or here and not in the file. */
  readonly differing: number;
  readonly refused: number;
  readonly reasons: Readonly<Partial<Record<RefusalReason, number>>>;
  readonly tokens: TokenSummary;
  /** Authenticator apps of a Django dump. */
  readonly apps: AppSummary;
  /** Live settings of the previous system; undefined if a value cannot be read. */
  readonly constance: ReadonlyMap<string, unknown>;
}

const noTokens: TokenSummary = {
  ...{ rows: 0, imported: 0, alreadyPresent: 0, ended: 0, refused: 0, sessionsEnded: 0 },
};

/**
 * Imports the users of a file, with the hashes of their passwords, and the refresh tokens of a Django dump. A row
 * whose email exists already is left alone, so a file can be imported again. Each batch is a separate transaction.
 *
 * With `keepIds` the ids of the file that nobody ever had are reserved first, for imports only: users who register
 * meanwhile get higher ids, and no id ever belongs to two people.
 *
 * @throws OperatorError if the file cannot be read, or lacks what the options need; what was imported before stays
 */
export async function importUsers(
  { database, clock, secretKey }: Deps,
  path: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const { dryRun = false, keepIds = false, resetsUnused = false, model, tokenModel } = options;
  const { actor, roles = { groups: new Map(), staff: undefined } } = options;
  const count = {
    rows: 0,
    imported: 0,
    superusers: 0,
    withoutPassword: 0,
    withRoles: 0,
    withApp: 0,
  };
  const seal = secretKey === undefined ? undefined : { secretKey };
  const present = { reset: 0, alreadyPresent: 0, registeredHere: 0, unused: 0, differing: 0 };
  const reasons: Partial<Record<RefusalReason, number>> = {};
  using apps = createDumpApps({
    nowMs: clock.nowMs(),
    onRefused: (refusal) => options.onLeft?.({ outcome: 'refused', ...refusal }),
  });
  const dump = await surveyDump(path, { model, tokenModel }, apps);
  const hasTokens = dump.tokenModels.size > 0;
  const rolesOf = await createRolesOf(database.db, roles, dump);
  const mayUse = keepIds ? await allowIds() : () => true;
  using seen = createSeenRows();
  let bytes = 0;

  function leave(row: LeftRow): void {
    if (row.outcome === 'refused') {
      reasons[row.reason] = (reasons[row.reason] ?? 0) + 1;
    } else if (row.outcome === 'reset') {
      present.reset += 1;
    } else {
      present.alreadyPresent += 1;
      if (!row.isImported) present.registeredHere += 1;
      if (row.isUnused) present.unused += 1;
      if (row.differences.length > 0) present.differing += 1;
    }
    options.onLeft?.(row);
  }

  /** Which ids of the file may be used, once those that it needs are reserved. */
  async function allowIds(): Promise<(id: number) => boolean> {
    const largest = await largestUserIdEver(database.db, database);
    if (!dryRun) {
      let last = 0;
      for await (const row of readUsers(path, dump)) {
        const checked = checkRecord(row, { keepIds, nowMs: clock.nowMs() });
        if ('reason' in checked) continue;
        last = Math.max(last, checked.id ?? 0);
      }
      await database.transact((trx) => reserveUserIds(trx, database, last, clock.nowMs()));
    }
    const ranges: IdRange[] = await findReservations(database.db);
    if (dryRun) ranges.push({ afterId: largest, throughId: Number.POSITIVE_INFINITY });
    return (id) => ranges.some(({ afterId, throughId }) => id > afterId && id <= throughId);
  }

  async function* candidates(): AsyncGenerator<Candidate> {
    for await (const row of readUsers(path, dump, onRead)) {
      count.rows += 1;
      const checked = checkRecord(row, { keepIds, nowMs: clock.nowMs() });
      const refusal = 'reason' in checked ? checked : seen.note(checked);
      if (refusal) leave({ outcome: 'refused', ...refusal });
      else yield sealable(withApps(checked as Candidate));
    }
  }

  const withApps = (candidate: Candidate): Candidate => ({
    ...candidate,
    apps: [...candidate.apps, ...apps.of(candidate)],
  });

  /** @throws OperatorError if its secret could not be sealed */
  function sealable(candidate: Candidate): Candidate {
    if (candidate.apps.length === 0 || seal) return candidate;
    throw new OperatorError(
      'The file has secrets of authenticator apps. They are encrypted under the secret of the server, which is not here. Run ' +
        'the import where the server runs, or set LATCHKEY_SECRET_KEY.',
    );
  }

  async function importBatch(batch: readonly Candidate[]): Promise<void> {
    const splitting = { mayUse, resetsUnused };
    const outcome = dryRun
      ? wouldAdd(splitKnown(batch, await findKnownUsers(database.db, database, batch), splitting))
      : await database.transact((trx) =>
          addUsers(
            { trx, database, actor, nowMs: clock.nowMs(), rolesOf, seal, saysApps: dump.saysApps },
            batch,
            splitting,
          ),
        );
    const { added, left } = outcome;
    const byPlace = new Map(batch.map((candidate) => [candidate.place, candidate]));
    for (const row of left) {
      leave(row);
      const candidate = byPlace.get(row.place);
      if (row.outcome === 'reset') apps.count.imported += candidate?.apps.length ?? 0;
      if (!hasTokens || row.outcome === 'refused' || !candidate) continue;
      seen.noteUser(candidate, row.isImported || row.outcome === 'reset' ? row.id : noUser);
    }
    for (const [candidate, id] of added) {
      count.imported += 1;
      if (candidate.isSuperuser) count.superusers += 1;
      if (candidate.passwordHash === null) count.withoutPassword += 1;
      if (rolesOf(candidate).length > 0) count.withRoles += 1;
      if (candidate.apps.length > 0) count.withApp += 1;
      apps.count.imported += candidate.apps.length;
      if (hasTokens) seen.noteUser(candidate, id);
    }
    options.onProgress?.({ rows: count.rows, bytes });
  }

  const onRead = (read: number) => {
    bytes = read;
  };
  await inBatches(candidates(), importBatch, { pauses: !dryRun });
  const tokens = hasTokens
    ? await importDumpTokens({ database, clock }, path, {
        ...{ actor, dryRun, endsRevoked: resetsUnused, dump, seen, onRead },
        onRefused: (refusal) => options.onLeft?.({ outcome: 'refused', ...refusal }),
      })
    : noTokens;
  const refused = Object.values(reasons).reduce((sum, number) => sum + number, 0);
  return {
    ...{ ...count, ...present, refused, reasons, tokens, constance: dump.constance },
    apps: { ...apps.count },
  };
}

/** The users of a file; objects of other models are counted only. */
async function* readUsers(path: string, dump: Dump, onRead?: OnRead): AsyncGenerator<ImportRecord> {
  for await (const item of readRecords(path, onRead)) {
    if (!('model' in item)) yield item;
    else if (item.model === dump.userModel) yield readDjangoUser(item, dump);
  }
}
