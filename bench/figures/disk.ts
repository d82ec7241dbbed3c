import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applyMigrations } from '../../src/db/migrate.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { rotateBatch } from '../../src/features/sign-in/sessions/rotate-sessions.ts';
import type { FigureResult } from '../report.ts';
import { spread } from '../seed.ts';
import type { Bench } from './bench.ts';

const maxSessions = 100_000;
const refreshes = 1_000;
/** So many of them are done one by one; the rest is the number that the row then holds. */
const refreshesDone = 3;
const batch = 512;

/**
 * What a session takes on disk, indexes included, after a life of refreshes: a table row, however
 * often it is refreshed.
 */
export async function disk({ databases, folder, say }: Bench): Promise<FigureResult[]> {
  const sessions = Math.min(maxSessions, databases.at(-1)?.users ?? maxSessions);
  const path = join(folder, 'disk.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  insertSessions(path, sessions);
  const ids = spread(sessions, sessions);
  const rotate = rotateBatch(database);
  for (let generation = 0; generation < refreshesDone; generation += 1) {
    for (let first = 0; first < sessions; first += batch) {
      const some = ids.slice(first, first + batch);
      const rows = await rotate(some.map((sessionId) => rotation(sessionId, generation)));
      if (rows.includes(undefined)) throw new Error('A refresh was refused.');
    }
  }
  await database.close();
  const bytes = bytesOf(path);
  say(`${sessions.toLocaleString('en')} sessions: ${bytes.toLocaleString('en')} bytes`);
  return [
    {
      figure: 'disk',
      title: `a session on disk after ${refreshes.toLocaleString('en')} refreshes`,
      unit: 'bytes',
      measured: bytes / sessions,
      target: '<= 200 bytes',
      isMet: bytes / sessions <= 200,
    },
  ];
}

function insertSessions(path: string, sessions: number): void {
  using db = new DatabaseSync(path);
  db.exec('pragma synchronous = off; begin');
  const numbers = 'with recursive n(id) as (select 1 union all select id + 1 from n where id < :n)';
  db.prepare(
    `insert into users (id, email, email_normalized, created_at_ms, updated_at_ms)
     ${numbers} select id, id, id, 0, 0 from n`,
  ).run({ n: sessions });
  db.prepare(
    `insert into sessions (id, user_id, created_at_ms, refreshed_at_ms, expires_at_ms, ip, device)
     ${numbers} select id, id, :now, :now, :now + 2592000000, '203.0.113.' || (id % 256), 'Firefox on Windows' from n`,
  ).run({ n: sessions, now: Date.now() });
  db.exec('commit');
}

function rotation(sessionId: number, generation: number) {
  const nowMs = Date.now();
  const retryKey = `${sessionId}`.padStart(22, 'k'); // as long as the hash of an Idempotency-Key
  return {
    ...{ sessionId, generation, nowMs, retryKey },
    ...{ expiresAtMs: nowMs + 2_592_000_000, maxAgeMs: 0 },
  };
}

/** Of the table and its indexes, whole pages. */
function bytesOf(path: string): number {
  using db = new DatabaseSync(path);
  db.prepare('update sessions set generation = ?').run(refreshes);
  const row = db.prepare("select sum(pgsize) as n from dbstat where name like 'sessions%'").get();
  return Number(row?.n);
}
