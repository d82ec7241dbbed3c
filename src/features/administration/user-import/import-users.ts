import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Db } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import { type Candidate, checkRecord, type Refusal, type RefusalReason } from './check-record.ts';
import { readRecords } from './read-records.ts';
import {
  findKnownUsers,
  findReservations,
  type IdRange,
  insertImportedUsers,
  type KnownUser,
  largestUserIdEver,
  reserveUserIds,
} from './user-import.queries.ts';

/** Some milliseconds of work, and one commit. */
const batchSize = 1_000;
/** The most that the next batch waits, so that a server that runs gets its turn. */
const maxPauseMs = 25;

interface Deps {
  readonly database: Database;
  readonly clock: Clock;
}

/** A row that was not imported: refused, or there already. */
export type LeftRow =
  | (Refusal & { readonly outcome: 'refused' })
  | {
      readonly outcome: 'already_present';
      readonly place: number;
      readonly email: string;
      /** Of the user who has the address. */
      readonly id: number;
    };

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
  /** Of Django's objects only those of this model. */
  readonly model?: string | undefined;
  onLeft?(row: LeftRow): void;
  onProgress?(progress: ImportProgress): void;
}

export interface ImportSummary {
  readonly rows: number;
  readonly imported: number;
  readonly superusers: number;
  readonly withoutPassword: number;
  readonly alreadyPresent: number;
  readonly refused: number;
  readonly reasons: Readonly<Partial<Record<RefusalReason, number>>>;
}

/**
 * Imports the users of a file, with the hashes that their passwords have. A row whose address is there
 * already is left alone, so a file can be imported again. Each batch is a transaction of its own.
 *
 * With `keepIds` the ids of the file that nobody ever had are reserved first, for imports alone: whoever
 * registers meanwhile gets a higher one, and no id is ever that of two people.
 *
 * @throws OperatorError where the file is none that can be read; what was imported before stays
 */
export async function importUsers(
  { database, clock }: Deps,
  path: string,
  options: ImportOptions,
): Promise<ImportSummary> {
  const { dryRun = false, keepIds = false, model, actor } = options;
  const count = { rows: 0, imported: 0, superusers: 0, withoutPassword: 0, alreadyPresent: 0 };
  const reasons: Partial<Record<RefusalReason, number>> = {};
  const seen = createSeen();
  let bytes = 0;
  const mayUse = keepIds ? await allowIds() : () => true;

  function leave(row: LeftRow): void {
    if (row.outcome === 'already_present') count.alreadyPresent += 1;
    else reasons[row.reason] = (reasons[row.reason] ?? 0) + 1;
    options.onLeft?.(row);
  }

  /** Which ids of the file may be used, once those that it needs are reserved. */
  async function allowIds(): Promise<(id: number) => boolean> {
    const largest = await largestUserIdEver(database.db, database);
    if (!dryRun) {
      let last = 0;
      for await (const row of readRecords(path, { model })) {
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

  async function importBatch(batch: readonly Candidate[]): Promise<void> {
    const { added, left } = dryRun
      ? splitKnown(batch, await findKnownUsers(database.db, database, batch), mayUse)
      : await database.transact((trx) => addUsers(trx, batch));
    for (const row of left) leave(row);
    count.imported += added.length;
    count.superusers += added.filter(({ isSuperuser }) => isSuperuser).length;
    count.withoutPassword += added.filter(({ passwordHash }) => passwordHash === null).length;
  }

  async function addUsers(trx: Db, batch: readonly Candidate[]): Promise<Split> {
    const nowMs = clock.nowMs();
    const known = splitKnown(batch, await findKnownUsers(trx, database, batch), mayUse);
    const rows =
      known.added.length === 0 ? [] : await insertImportedUsers(trx, database, known.added, nowMs);
    const idOf = new Map(rows.map((row) => [row.email_normalized, row.id]));
    const isAdded = ({ emailNormalized }: Candidate) => idOf.has(emailNormalized);
    const added = known.added.filter(isAdded);
    // Somebody was faster: now it shows who.
    const late = known.added.filter((candidate) => !isAdded(candidate));
    const settled = splitKnown(late, await findKnownUsers(trx, database, late), mayUse);
    if (added.length > 0) {
      const superusers = added.filter(({ isSuperuser }) => isSuperuser);
      const idsOf = (users: readonly Candidate[]) =>
        users.map(({ emailNormalized }) => idOf.get(emailNormalized) ?? 0);
      const details = {
        count: added.length,
        user_ids: idsOf(added),
        superuser_ids: idsOf(superusers),
      };
      await record(trx, { kind: 'users.imported', actor, atMs: nowMs, details });
    }
    return { added, left: [...known.left, ...settled.left] };
  }

  let batch: Candidate[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const startedAt = performance.now();
    await importBatch(batch);
    batch = [];
    options.onProgress?.({ rows: count.rows, bytes });
    if (!dryRun) await sleep(Math.min(maxPauseMs, performance.now() - startedAt));
  };
  const onRead = (read: number) => {
    bytes = read;
  };
  for await (const row of readRecords(path, { model, onRead })) {
    count.rows += 1;
    const checked = checkRecord(row, { keepIds, nowMs: clock.nowMs() });
    const fault = 'reason' in checked ? checked : seen.note(checked);
    if (fault) leave({ outcome: 'refused', ...fault });
    else batch.push(checked as Candidate);
    if (batch.length >= batchSize) await flush();
  }
  await flush();
  const refused = Object.values(reasons).reduce((sum, number) => sum + number, 0);
  return { ...count, refused, reasons };
}

interface Split {
  readonly added: readonly Candidate[];
  readonly left: readonly LeftRow[];
}

/** Divides candidates into those that can be added and those that cannot, by who is there already. */
function splitKnown(
  candidates: readonly Candidate[],
  known: readonly KnownUser[],
  mayUse: (id: number) => boolean,
): Split {
  const byEmail = new Map(known.map((user) => [user.email_normalized, user]));
  const byName = new Map(known.map((user) => [user.username, user]));
  const byId = new Map(known.map((user) => [user.id, user]));
  const added: Candidate[] = [];
  const left: LeftRow[] = [];
  for (const candidate of candidates) {
    const { place, email, emailNormalized, username, id } = candidate;
    const refuse = (reason: RefusalReason, text: string) =>
      left.push({ outcome: 'refused', place, email, reason, text });
    const same = byEmail.get(emailNormalized);
    if (same && id !== undefined && id !== same.id) {
      refuse('email_taken', `User ${same.id} has the address.`);
    } else if (same) {
      left.push({ outcome: 'already_present', place, email, id: same.id });
    } else if (username !== '' && byName.has(username)) {
      refuse('username_taken', `User ${byName.get(username)?.id} has the user name.`);
    } else if (id !== undefined && byId.has(id)) {
      refuse('id_taken', `Another user has the id ${id}.`);
    } else if (id !== undefined && !mayUse(id)) {
      refuse('id_used_before', `The id ${id} was given out here, or may have been.`);
    } else {
      added.push(candidate);
    }
  }
  return { added, left };
}

/** Remembers what a file has had, some 100 bytes for each row. */
function createSeen() {
  const places = {
    email: new Map<string, number>(),
    username: new Map<string, number>(),
    id: new Map<number, number>(),
  };
  return {
    /** Gives the refusal of a candidate that an earlier one contradicts. */
    note({ place, email, emailNormalized, username, id }: Candidate): Refusal | undefined {
      const earlier =
        places.email.get(emailNormalized) ??
        (username === '' ? undefined : places.username.get(username)) ??
        (id === undefined ? undefined : places.id.get(id));
      if (earlier !== undefined) {
        const text = `Row ${earlier} has the same address, user name or id.`;
        return { place, email, reason: 'duplicate_in_file', text };
      }
      places.email.set(emailNormalized, place);
      if (username !== '') places.username.set(username, place);
      if (id !== undefined) places.id.set(id, place);
      return undefined;
    },
  };
}
