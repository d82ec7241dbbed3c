import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { throughput } from '../measure.ts';
import { type Server, startGenerator, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { seed } from '../seed.ts';
import { type Bench, Started } from './bench.ts';
import { compare } from './compare.ts';
import { bareSide, connections, profileTarget, readProfiles } from './requests.ts';

const maxUsers = 1_000;

/** The profile, read with tokens of the algorithms that have a public key, each used more than once. */
export async function algorithms(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const limit = await bareSide(started, bench, 'bare GET', plan);
  const results: FigureResult[] = [];
  for (const algorithm of ['ES256', 'EdDSA']) {
    const folder = join(bench.folder, algorithm);
    mkdirSync(folder);
    const database = await seed(folder, Math.min(bench.databases[0].users, maxUsers));
    const server = await started.add(
      startLatchkey(database, {
        LATCHKEY_ACCESS_TOKEN_ALGORITHM: algorithm,
        LATCHKEY_ACCESS_TOKEN_LIFETIME: '86400', // longer than any bench runs
      }),
    );
    const tokens = await refreshAll(server, database.refreshTokens(maxUsers));
    const generator = await started.add(startGenerator(readProfiles(tokens)));
    const ours = throughput(algorithm, server, generator, plan);
    const pairs = [{ database, limit, ours }];
    const title = `GET /api/me/, ${algorithm}`;
    const comparison = { figure: 'algorithms', title, unit: '/s', ...profileTarget } as const;
    results.push(...(await compare(bench, pairs, comparison)));
  }
  return results;
}

/** @returns the access tokens that the sessions get, which the server alone can sign */
async function refreshAll({ port }: Server, refreshTokens: readonly string[]): Promise<string[]> {
  const tokens: string[] = [];
  for (const refreshToken of refreshTokens) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/refresh/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: refreshToken }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    tokens.push(token);
  }
  return tokens;
}
