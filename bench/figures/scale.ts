import { join } from 'node:path';
import { sql } from 'kysely';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import type { LoadResult } from '../load.ts';
import { type Server, startGenerator, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { password, roleOfHalf, type Seeded, spread, superuserId } from '../seed.ts';
import { type Bench, Started, sizeOf } from './bench.ts';

/** What somebody waits who has nothing to do with it, while the server does what grows with the data. */

const targetMs = 100;
/** A calm pace: what is slow then is slow because of what else goes on. */
const readsPerSecond = 100;
const refreshesPerSecond = 20;
const bystanders = 100;
const refreshers = 8;
/** Each is watched for so many times as long as others are measured for. */
const secondsFactor = 5;
/** Events of long ago, and sessions that ended then, for the background to remove. */
const oldEvents = 100_000;
const oldDays = 3_650;

interface Disturbance {
  readonly name: string;
  /** Puts into the database what it needs, while no server runs. */
  prepare?(seeded: Seeded): Promise<void>;
  /** Goes on until it is told to stop, or has nothing more to do. */
  run(admin: Admin, signal: AbortSignal, seeded: Seeded): Promise<void>;
}

/** Sends a request as a superuser. */
type Admin = (method: string, path: string, json?: unknown) => Promise<Response>;

const calm: Disturbance = { name: 'nothing', run: async () => undefined };

const disturbances: readonly Disturbance[] = [
  {
    name: 'exports of all users',
    run: (admin, signal) => again(signal, () => take(admin, '/api/admin/users/export/', signal)),
  },
  {
    name: 'exports of a search with a filter',
    run: (admin, signal) =>
      again(signal, () =>
        take(admin, '/api/admin/users/export/?search=user&is_active=true', signal),
      ),
  },
  {
    name: 'walks through searches',
    run: (admin, signal) => again(signal, () => walk(admin, signal)),
  },
  { name: 'bulk actions', run: bulk },
  {
    name: 'the deletion of a role that half of them have',
    async run(admin) {
      const answer = await admin('DELETE', `/api/admin/roles/${roleOfHalf}/`);
      if (!answer.ok) throw new Error(`No role was deleted: ${await answer.text()}`);
    },
  },
  {
    name: 'sealing, pruning and sweeping',
    prepare: makeOld,
    run: async () => undefined, // the server does so by itself
  },
];

export async function scale(bench: Bench): Promise<FigureResult[]> {
  const results: FigureResult[] = [];
  await bench.servers[Symbol.asyncDispose](); // a file of SQLite has one server, and here some are started again
  for (const seeded of bench.databases) {
    for (const disturbance of [calm, ...disturbances]) {
      await disturbance.prepare?.(seeded);
      await using started = new Started();
      const server = await started.add(
        startLatchkey(seeded, { LATCHKEY_REAUTHENTICATION_AGE: '86400' }),
      );
      const { reads, refreshes } = await watch(bench, started, server, seeded, disturbance);
      const p99Ms = Math.max(reads.p99Ms, refreshes.p99Ms);
      const { name } = disturbance;
      bench.say(
        `${name}: reads p99 ${reads.p99Ms.toFixed(1)}, at most ${reads.maxMs.toFixed(1)} ms; ` +
          `refreshes p99 ${refreshes.p99Ms.toFixed(1)}, at most ${refreshes.maxMs.toFixed(1)} ms`,
      );
      results.push({
        figure: 'scale',
        title: `a bystander's p99 beside ${name}, ${sizeOf(seeded)}`,
        unit: 'ms',
        measured: p99Ms,
        ...(disturbance !== calm && { target: `<= ${targetMs} ms`, isMet: p99Ms <= targetMs }),
        details: { [`reads beside ${name}`]: reads, [`refreshes beside ${name}`]: refreshes },
      });
    }
  }
  return results;
}

type Times = Pick<LoadResult, 'p50Ms' | 'p99Ms' | 'maxMs'>;

/** Reads and refreshes at a calm pace, of users who are nobody else's business. */
async function watch(
  bench: Bench,
  started: Started,
  server: Server,
  seeded: Seeded,
  disturbance: Disturbance,
): Promise<{ reads: Times; refreshes: Times }> {
  const [adminToken = ''] = seeded.accessTokens(1); // of the first user: `spread` begins there
  const requests = seeded
    .accessTokens(bystanders)
    .map(
      (token) => `GET /api/me/ HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`,
    );
  const readers = await started.add(startGenerator({ kind: 'requests', requests }));
  const tokens = await Promise.all(seeded.emails(refreshers).map((email) => signIn(server, email)));
  const refreshing = await started.add(
    startGenerator({ kind: 'refreshes', path: '/api/refresh/', tokens }),
  );
  const seconds = bench.seconds * secondsFactor;
  const plan = { port: server.port, seconds, connections: 4 };
  const end = new AbortController();
  const admin: Admin = (method, path, json) =>
    fetch(`http://127.0.0.1:${server.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(json !== undefined && { 'content-type': 'application/json' }),
      },
      ...(json !== undefined && { body: JSON.stringify(json) }),
    });
  const disturbing = disturbance.run(admin, end.signal, seeded);
  disturbing.catch(() => undefined); // awaited below
  const [reads, refreshes] = await Promise.all([
    readers.run({ ...plan, perSecond: readsPerSecond }),
    refreshing.run({ ...plan, perSecond: refreshesPerSecond }),
  ]);
  end.abort();
  await disturbing;
  return { reads, refreshes };
}

/** A session of its own: those that the database came with may have been refreshed by other figures. */
async function signIn({ port }: Server, email: string): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/login/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  });
  if (!answer.ok) throw new Error(`Nobody signed in: ${await answer.text()}`);
  return ((await answer.json()) as { refresh_token: string }).refresh_token;
}

async function again(signal: AbortSignal, task: () => Promise<void>): Promise<void> {
  while (!signal.aborted) await task();
}

/** Reads an answer to its end, or until it is enough. */
async function take(admin: Admin, path: string, signal: AbortSignal): Promise<void> {
  const answer = await admin('GET', path);
  if (!answer.ok || !answer.body) throw new Error(`${path}: ${answer.status}`);
  for await (const _chunk of answer.body) if (signal.aborted) return;
}

const searches = [
  'search=user',
  'search=user&is_active=true&sort=-created_at',
  `search=user&role=${roleOfHalf}`,
  'is_active=true&sort=-created_at',
  'sort=email',
];

/** Some pages of each search, the last ones far in. */
async function walk(admin: Admin, signal: AbortSignal): Promise<void> {
  for (const search of searches) {
    let cursor = '';
    for (let page = 0; page < 100 && !signal.aborted; page += 1) {
      const from = cursor === '' ? '' : `&cursor=${cursor}`;
      const answer = await admin('GET', `/api/admin/users/?${search}&limit=200${from}`);
      if (!answer.ok) throw new Error(`${search}: ${await answer.text()}`);
      const { next_cursor: next } = (await answer.json()) as { next_cursor: string | null };
      if (next === null) break;
      cursor = next;
    }
  }
}

const bulkSize = 200;

/** Deactivates and activates everybody but those who are watched, some at a time. */
async function bulk(admin: Admin, signal: AbortSignal, { users }: Seeded): Promise<void> {
  const watched = new Set(spread(users, bystanders));
  for (let first = superuserId + 1; !signal.aborted; first += bulkSize) {
    const ids = Array.from({ length: bulkSize }, (_v, index) => first + index);
    const others = ids.filter((id) => !watched.has(id));
    for (const action of ['deactivate', 'activate']) {
      const answer = await admin('POST', '/api/admin/users/bulk/', { action, ids: others });
      if (!answer.ok) throw new Error(`${action}: ${await answer.text()}`);
    }
  }
}

/** Events and ended sessions that are older than anything is kept. */
async function makeOld(seeded: Seeded): Promise<void> {
  const database =
    seeded.databaseUrl === undefined
      ? openSqlite(join(seeded.dataDir, 'latchkey.db'))
      : openPostgres(seeded.databaseUrl, { statementLimitMs: 600_000 });
  const { db } = database;
  const longAgo = Date.now() - oldDays * 86_400_000;
  const numbers = sql`with recursive n(id) as (select 1 union all select id + 1 from n where id < ${sql.lit(oldEvents)})`;
  await sql`insert into audit_events (at_ms, kind, actor_kind, user_id, details)
    ${numbers} select ${sql.lit(longAgo)}, 'session.started', 'system', id, '{}' from n`.execute(
    db,
  );
  const watched = spread(seeded.users, bystanders);
  await db
    .updateTable('sessions')
    .set({ ended_at_ms: longAgo, end_cause: 'logged_out' })
    .where('id', '>', Math.floor(seeded.users / 2))
    .where('id', '<=', seeded.users)
    .where('id', 'not in', watched)
    .execute();
  await database.close();
}
