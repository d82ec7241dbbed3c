import { DatabaseSync } from 'node:sqlite';
import type { EndCause } from '../../errors/index.ts';
import { migrationTable } from '../migrate.ts';
import {
  activeAdministrators,
  type CarriedOver,
  carryOver,
  forgetPendingMail,
  hasActiveSuperuser,
  nothingCarriedOver,
  type RestoredUser,
  voidLinks,
} from './carry-over.ts';
import { checkPages, newestRowMs, tableNames } from './inspect.ts';

/**
 * What a restored database must keep from the time after its backup.
 *
 * **Ids are never used again.** A refresh token is computed from the id of its session and the number of its
 * refreshes, and nothing of it is stored. If session 812, which began after the backup, were issued once more, the
 * token that its user still has would open the session of the next user who gets the number. Access tokens name users
 * and sessions by id in the same way.
 *
 * **What had ended stays ended.** In the backup a session is as old as the backup. If it was logged out since, it
 * would live again; if it was refreshed since, a token that was superseded, and perhaps stolen, would be the current
 * one again. The same holds for a signing key that was revoked, and for a refresh token that was imported after the
 * backup and used: the same file may be imported again.
 *
 * **What was revoked stays revoked**: links, accounts and power (`carry-over.ts`).
 *
 * All of it is known if the database that is replaced is the one that the backup was made of, and can be read. If it
 * is lost, every link is void, and ids jump past all that may have been issued. A session whose client comes with a
 * token of the lost time then ends (`refresh-rules.ts`).
 */
export interface Reconciliation extends CarriedOver {
  /** How many sessions were ended, so that their clients must sign in again. */
  readonly endedSessions: number;
  /** Whether what happened since the backup is known. */
  readonly isContinued: boolean;
  /**
   * If that is not known: the users with power who are active now, and may have been deactivated since; 100 at most.
   */
  readonly administrators: readonly RestoredUser[];
  /** Whether there is a superuser who can sign in. */
  readonly hasSuperuser: boolean;
}

const tablesWithIds = ['users', 'sessions'] as const;

/** However little time passed, ids jump at least so far. */
const smallestJump = 1_000_000;
/**
 * More sign-ins than a server takes on average, day and night. The jump grows with the age of the
 * backup, so that two restores of one backup, with some time of service between them, do not give
 * out the same ids either. At this pace the ids of tokens (38 bits) last for 87 years.
 */
const idsPerSecond = 100;

/**
 * Updates a restored database with what must not be forgotten.
 *
 * @param old the database that it will replace, which nobody else has open; undefined if it is lost
 * @param candidate the path of the restored database
 */
export function reconcile(
  old: DatabaseSync | undefined,
  candidate: string,
  options: { endSessions: boolean; nowMs: number },
): Reconciliation {
  const restored = new DatabaseSync(candidate);
  try {
    const predecessor = old && isPredecessor(old, restored) ? old : undefined;
    restored.exec('begin immediate');
    const jump = predecessor ? 0 : jumpSince(restored, options.nowMs);
    for (const table of tablesWithIds) {
      const last = Math.max(lastId(restored, table), old ? lastIdIfAny(old, table) : 0);
      setLastId(restored, table, last + jump);
    }
    const endedSessions = options.endSessions
      ? endSessions(restored, options.nowMs)
      : predecessor
        ? endChangedSessions(restored, predecessor, options.nowMs)
        : 0;
    forgetPendingMail(restored);
    if (predecessor) revokeChangedKeys(restored, predecessor, options.nowMs);
    if (predecessor) keepUsedTokens(restored, predecessor);
    const carried = predecessor
      ? carryOver(restored, predecessor)
      : { ...nothingCarriedOver, voidedLinks: voidLinks(restored) };
    const result = {
      ...carried,
      endedSessions,
      isContinued: predecessor !== undefined,
      administrators: predecessor ? [] : activeAdministrators(restored),
      hasSuperuser: hasActiveSuperuser(restored),
    };
    restored.exec('commit');
    return result;
  } finally {
    restored.close();
  }
}

/** Whether a database is a later state of another: of the same first migration, and readable. */
function isPredecessor(old: DatabaseSync, restored: DatabaseSync): boolean {
  try {
    const origin = originOf(old);
    return (
      origin !== undefined &&
      origin === originOf(restored) &&
      checkPages(old, 'quick_check').length === 0 &&
      tablesWithIds.every((table) => lastId(old, table) >= lastId(restored, table))
    );
  } catch {
    return false;
  }
}

/** When its first migration was applied, to the millisecond: no two databases have that in common. */
function originOf(file: DatabaseSync): string | undefined {
  if (!tableNames(file).has(migrationTable)) return undefined;
  const row = file
    .prepare(`select name, timestamp from ${migrationTable} order by name limit 1`)
    .get();
  return row && `${row.name} ${row.timestamp}`;
}

/** How far ids must jump to be past all that was given out since the backup was made. */
function jumpSince(restored: DatabaseSync, nowMs: number): number {
  const row = restored.prepare(`select max(timestamp) as last from ${migrationTable}`).get();
  const migratedMs = Date.parse(String(row?.last));
  const madeMs = Math.max(newestRowMs(restored, tableNames(restored)) ?? 0, migratedMs || 0);
  const seconds = Math.max(0, Math.ceil((nowMs - madeMs) / 1000));
  return smallestJump + seconds * idsPerSecond;
}

/** The last id that a table gave out, whether or not its row is still there. */
function lastId(file: DatabaseSync, table: string): number {
  const row = file.prepare('select seq from sqlite_sequence where name = ?').get(table);
  return Number(row?.seq ?? 0);
}

function lastIdIfAny(file: DatabaseSync, table: string): number {
  try {
    return lastId(file, table);
  } catch {
    return 0; // another program's, or damaged: then ids jump
  }
}

function setLastId(file: DatabaseSync, table: string, id: number): void {
  file.prepare('delete from sqlite_sequence where name = ?').run(table);
  file.prepare('insert into sqlite_sequence (name, seq) values (?, ?)').run(table, id);
}

const cause: EndCause = 'database_restored';

function endSessions(restored: DatabaseSync, nowMs: number): number {
  const result = restored
    .prepare(
      `update sessions set ended_at_ms = ?, end_cause = ?
       where ended_at_ms is null and expires_at_ms > ?`,
    )
    .run(nowMs, cause, nowMs);
  return Number(result.changes);
}

/** How many sessions are looked at in one step. */
const stepSize = 1_000;

/** Ends the sessions that were refreshed, ended or removed since the backup. */
function endChangedSessions(restored: DatabaseSync, old: DatabaseSync, nowMs: number): number {
  const now = old.prepare('select generation, ended_at_ms, end_cause from sessions where id = ?');
  const end = restored.prepare('update sessions set ended_at_ms = ?, end_cause = ? where id = ?');
  const next = restored.prepare(
    `select id, generation from sessions
     where id > ? and ended_at_ms is null and expires_at_ms > ? order by id limit ${stepSize}`,
  );
  let ended = 0;
  for (let afterId = 0, step = next.all(afterId, nowMs); step.length > 0; ) {
    for (const { id, generation } of step) {
      afterId = Number(id);
      const row = now.get(afterId);
      if (row && row.generation === generation && row.ended_at_ms === null) continue;
      end.run(row?.ended_at_ms ?? nowMs, row?.end_cause ?? cause, afterId);
      ended += 1;
    }
    step = next.all(afterId, nowMs);
  }
  return ended;
}

/** Revokes the signing keys that were revoked or removed since the backup. */
function revokeChangedKeys(restored: DatabaseSync, old: DatabaseSync, nowMs: number): void {
  const table = 'signing_keys';
  if (!tableNames(restored).has(table) || !tableNames(old).has(table)) return;
  const now = old.prepare(`select revoked_at_ms from ${table} where kid = ?`);
  const revoke = restored.prepare(`update ${table} set revoked_at_ms = ? where kid = ?`);
  for (const { kid } of restored
    .prepare(`select kid from ${table} where revoked_at_ms is null`)
    .all()) {
    const row = now.get(String(kid));
    if (row && row.revoked_at_ms === null) continue;
    revoke.run(row?.revoked_at_ms ?? nowMs, String(kid));
  }
}

/**
 * Keeps the imported refresh tokens that were used since the backup, or whose session has ended, as tokens without a
 * session. Unused tokens may be imported again.
 */
function keepUsedTokens(restored: DatabaseSync, old: DatabaseSync): void {
  const table = 'imported_refresh_tokens';
  if (!tableNames(restored).has(table) || !tableNames(old).has(table)) return;
  const used = old.prepare(
    `select token_hash, ${table}.expires_at_ms from ${table}
     left join sessions on sessions.id = session_id and generation = 0 and ended_at_ms is null
     where sessions.id is null`,
  );
  const keep = restored.prepare(
    `insert into ${table} (token_hash, expires_at_ms) values (?, ?) on conflict do nothing`,
  );
  for (const { token_hash: hash, expires_at_ms: expiresAtMs } of used.iterate()) {
    keep.run(String(hash), Number(expiresAtMs));
  }
}
