import { join } from 'node:path';
import { openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { listUsers, type UserQuery } from '../../src/features/administration/user-admin/index.ts';
import type { FigureResult } from '../report.ts';
import { roleOfHalf, type Seeded } from '../seed.ts';
import { type Bench, sizeOf } from './bench.ts';

const pages = 100;
/** How far into a list its deep pages are: so many of all users, of those that it has. */
const deepPart = 0.5;
/** The most that one page may be, to get there soon. */
const strideLength = 5_000;

const queries: Readonly<Record<string, UserQuery>> = {
  'users by email': { sort: 'email' },
  'the newest active users': { sort: '-created_at', isActive: true },
  'users without a second factor, newest first': { sort: '-created_at', acr: 'aal1' },
  'users with a passkey, newest first': { sort: '-created_at', acr: 'phr' },
  'users with a role, by email': { sort: 'email', roleId: roleOfHalf },
  'a search that one user matches': { search: 'USER7@' },
  'a search that nobody matches': { search: 'nobody' },
  'a search that all match': { search: 'USER' },
  'the same, active users': { search: 'USER', isActive: true, sort: '-created_at' },
  'the same, superusers': { search: 'USER', isSuperuser: true },
  'the same, with a role': { search: 'USER', roleId: roleOfHalf, sort: '-id' },
};

/** What a page of the list of users takes, as administrators ask for it: at its beginning and deep in it. */
export async function search({ databases, say }: Bench): Promise<FigureResult[]> {
  const results: FigureResult[] = [];
  for (const seeded of databases) {
    const database = open(seeded);
    for (const [name, query] of Object.entries(queries)) {
      const deep = await cursorAt(database, query, Math.floor(seeded.users * deepPart));
      const starts = { [name]: undefined, ...(deep !== undefined && { [`${name}, deep`]: deep }) };
      for (const [title, cursor] of Object.entries(starts)) {
        const times = await timePages(database, query, cursor);
        const at = (part: number) => times[Math.floor(times.length * part)];
        const p95Ms = at(0.95);
        say(`${title}: p50 ${at(0.5)?.toFixed(2)} ms, p95 ${p95Ms?.toFixed(2)} ms`);
        results.push({
          figure: 'search',
          title: `${title}, p95, ${sizeOf(seeded)}`,
          unit: 'ms',
          measured: p95Ms,
          target: '<= 20 ms',
          isMet: p95Ms !== undefined && p95Ms <= 20,
        });
      }
    }
    await database.close();
  }
  return results;
}

function open({ dataDir, databaseUrl }: Seeded) {
  return databaseUrl === undefined
    ? openSqlite(join(dataDir, 'latchkey.db'))
    : openPostgres(databaseUrl);
}

type Listed = Parameters<typeof listUsers>[0]['database'];

/** Where a list goes on behind so many users; undefined if it has no more. */
async function cursorAt(database: Listed, query: UserQuery, users: number) {
  let cursor: string | undefined;
  for (let seen = 0; seen < users; ) {
    const page = await listUsers({ database }, query, { limit: strideLength, cursor });
    cursor = page.nextCursor;
    if (cursor === undefined) return undefined;
    seen += Math.max(page.users.length, strideLength);
  }
  return cursor;
}

/** In order, the shortest first. */
async function timePages(database: Listed, query: UserQuery, from: string | undefined) {
  const times: number[] = [];
  let cursor = from;
  for (let page = 0; page < pages; page += 1) {
    const fromMs = performance.now();
    const { nextCursor } = await listUsers({ database }, query, { limit: 25, cursor });
    times.push(performance.now() - fromMs);
    cursor = nextCursor ?? from;
  }
  return times.sort((a, b) => a - b);
}
