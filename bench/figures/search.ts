import { join } from 'node:path';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { listUsers } from '../../src/features/administration/user-admin/index.ts';
import type { FigureResult } from '../report.ts';
import { type Bench, sizeOf } from './bench.ts';

const pages = 200;
const queries = {
  'a page of users by address': { sort: 'email' },
  'a search that one user matches': { search: 'USER7@' },
  'a search that all match': { search: 'USER' },
  'a search that nobody matches': { search: 'nobody' },
} as const;

/** What a page of the list of users takes, as administrators ask for it. */
export async function search({ databases, say }: Bench): Promise<FigureResult[]> {
  const results: FigureResult[] = [];
  for (const seeded of databases) {
    const database = openSqlite(join(seeded.dataDir, 'latchkey.db'));
    for (const [title, query] of Object.entries(queries)) {
      const times: number[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < pages; page += 1) {
        const from = performance.now();
        const { nextCursor } = await listUsers({ database }, query, { limit: 25, cursor });
        times.push(performance.now() - from);
        cursor = nextCursor;
      }
      times.sort((a, b) => a - b);
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
    await database.close();
  }
  return results;
}
