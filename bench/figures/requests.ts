import { availableParallelism } from 'node:os';
import { rawVerificationsPerSecond } from '../limits/argon2.ts';
import { rawRowsPerSecond } from '../limits/commits.ts';
import { rawUpdatesPerSecond } from '../limits/updates.ts';
import type { LoadRun, LoadWork } from '../load.ts';
import { type Side, throughput } from '../measure.ts';
import { startGenerator } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { password, type Seeded } from '../seed.ts';
import { type Bench, Started, sizeOf } from './bench.ts';
import { compare, type Pair } from './compare.ts';

/** What a server does with requests: how many a second, and how long each takes. */

export const connections = 64;
/** How many users are at it at the same time. */
export const activeUsers = 10_000;
/** So many that those of a million are renewed all over their table, not the same few again. */
const activeSessions = 100_000;
const loginConnections = 16;
/** A pace that leaves the server idle most of the time: its times are then its own, no queue's. */
const calmPerSecond = 2_000;

/** What reading the profile should reach, of a bare route. */
export const profileTarget = {
  target: '>= 0.50',
  isMet: ({ ratio }: { ratio: number }) => ratio >= 0.5,
};

/** The profile, read by many users. */
export async function me(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const limit = await bareSide(started, bench, 'bare GET', plan);
  const pairs = await ourPairs(started, bench, limit, meWork, plan);
  return await compare(bench, pairs, {
    figure: 'me',
    title: 'GET /api/me/',
    unit: '/s',
    ...profileTarget,
  });
}

/** Sessions renewed, each on disk before it is answered. */
export async function refresh(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const limit = await bareSide(started, bench, 'bare POST', plan, refreshWork);
  const pairs = await ourPairs(started, bench, limit, refreshWork, plan);
  const results = await compare(bench, pairs, {
    figure: 'refresh',
    title: 'POST /api/refresh/, durable',
    unit: '/s',
    target: '>= 0.45 or 15,000/s',
    isMet: ({ measured, ratio }) => ratio >= 0.45 || measured >= 15_000,
  });
  return [
    ...results,
    ...(await (bench.engine === 'sqlite' ? rawCommits(bench) : rawUpdates(bench))),
  ];
}

/** Rows changed one by one through the driver that we use: what a refresh would cost without batches. */
async function rawUpdates({ databases, seconds }: Bench): Promise<FigureResult[]> {
  const results: FigureResult[] = [];
  for (const { users, databaseUrl = '' } of databases) {
    const rows = users.toLocaleString('en');
    results.push({
      figure: 'refresh',
      title: `raw PostgreSQL, 1 of ${rows} rows an update, ${connections} clients`,
      unit: '/s',
      measured: await rawUpdatesPerSecond(databaseUrl, { clients: connections, users, seconds }),
    });
  }
  return results;
}

function rawCommits({ databases, seconds, folder }: Bench): FigureResult[] {
  const rows = Math.max(...databases.map(({ users }) => users));
  return [1, 32, 64].map((rowsPerCommit) => ({
    figure: 'refresh',
    title: `raw SQLite, ${rowsPerCommit} of ${rows.toLocaleString('en')} rows a commit`,
    unit: '/s',
    measured: rawRowsPerSecond(folder, { rows, rowsPerCommit, seconds }),
  }));
}

/** Users who sign in: as many as the machine can check passwords. */
export async function login(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const threads = availableParallelism();
  const { passwordHash: hash } = bench.databases[0];
  const limit: Side = {
    name: `raw Argon2id, ${threads} threads`,
    measure: async () => ({
      value: await rawVerificationsPerSecond(threads, { hash, password, seconds: bench.seconds }),
    }),
  };
  const plan = { connections: loginConnections, seconds: bench.seconds };
  const pairs = await ourPairs(started, bench, limit, loginWork, plan);
  return await compare(bench, pairs, {
    figure: 'login',
    title: 'POST /api/login/',
    unit: '/s',
    target: '>= 0.95',
    isMet: ({ ratio }) => ratio >= 0.95,
  });
}

/** How long the profile takes while everybody signs in, against a calm day. */
export async function storm(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const pairs: Pair[] = [];
  for (const database of bench.databases) {
    const server = await bench.servers.latchkey(database);
    const readers = await started.add(startGenerator(meWork(database)));
    const logins = await started.add(startGenerator(loginWork(database)));
    const calm = throughput('', server, readers, { ...plan, perSecond: calmPerSecond });
    const p99 = async () => {
      const sample = await calm.measure();
      return { ...sample, value: sample.p99Ms ?? Number.NaN };
    };
    pairs.push({
      database,
      limit: { name: `calm, ${sizeOf(database)}`, measure: p99 },
      ours: {
        name: `storm, ${sizeOf(database)}`,
        async measure() {
          const rush = logins.run({ ...plan, connections: loginConnections, port: server.port });
          const [sample] = await Promise.all([p99(), rush]);
          return sample;
        },
      },
    });
  }
  return await compare(bench, pairs, {
    figure: 'storm',
    title: 'GET /api/me/ p99 while users sign in',
    unit: 'ms',
    target: '<= 3.00',
    isMet: ({ ratio }) => ratio <= 3,
  });
}

type Plan = Omit<LoadRun, 'port'>;
type Work = (database: Seeded, path?: string) => LoadWork;

/** The limit of what a server of one bare route does with the same requests. */
export async function bareSide(
  started: Started,
  { databases, servers }: Bench,
  name: string,
  plan: Plan,
  workOn: Work = meWork,
): Promise<Side> {
  const generator = await started.add(startGenerator(workOn(databases[0], '/bare')));
  return throughput(name, await servers.bare(), generator, plan);
}

async function ourPairs(
  started: Started,
  { databases, databaseMicros, servers, workers: counts }: Bench,
  limit: Side,
  workOn: Work,
  plan: Plan,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (const [index, workers] of counts.entries()) {
    for (const database of databases) {
      const own = partOf(database, index, counts.length);
      const generator = await started.add(startGenerator(workOn(own)));
      const server = await servers.latchkey(database, workers);
      const name = workers === 1 ? sizeOf(database) : `${sizeOf(database)}, ${workers} workers`;
      const side = throughput(name, server, generator, plan);
      const ours = withDatabase(side, databaseMicros, plan.seconds);
      pairs.push({ database, workers, limit, ours });
    }
  }
  return pairs;
}

/** The same, with what the database used meanwhile. */
function withDatabase(side: Side, databaseMicros: Bench['databaseMicros'], seconds: number): Side {
  return {
    name: side.name,
    async measure() {
      const before = databaseMicros() ?? Number.NaN;
      const sample = await side.measure();
      const used = (databaseMicros() ?? Number.NaN) - before;
      const micros = used / (sample.value * seconds);
      return { ...sample, databaseMicros: Number.isNaN(micros) ? undefined : micros };
    },
  };
}

/** The users that one of several generators acts for, so that no two use the same token. */
function partOf(database: Seeded, generator: number, of: number): Seeded {
  const part = (all: string[]) => all.filter((_, index) => index % of === generator);
  return {
    ...database,
    accessTokens: (count) => part(database.accessTokens(count)),
    refreshTokens: (count) => part(database.refreshTokens(count)),
    emails: (count) => part(database.emails(count)),
  };
}

export function meWork(database: Seeded, path = '/api/me/'): LoadWork {
  return readProfiles(database.accessTokens(activeUsers), path);
}

/** Reads the profile with one token after the other. */
export function readProfiles(tokens: readonly string[], path = '/api/me/'): LoadWork {
  const request = (token: string) =>
    `GET ${path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ${token}\r\n\r\n`;
  return { kind: 'requests', requests: tokens.map(request) };
}

export function refreshWork(database: Seeded, path = '/api/refresh/'): LoadWork {
  return { kind: 'refreshes', path, tokens: database.refreshTokens(activeSessions) };
}

function loginWork(database: Seeded): LoadWork {
  return signIns(database.emails(activeUsers));
}

/** @param from the IP address that a trusted proxy tells of; absent: none */
export function signIns(emails: readonly string[], from?: string): LoadWork {
  return { kind: 'requests', requests: emails.map((email) => signInRequest(email, from)) };
}

/** A whole request. @param from as of `signIns` */
export function signInRequest(email: string, from?: string): string {
  const forwarded = from === undefined ? '' : `x-forwarded-for: ${from}\r\n`;
  const body = JSON.stringify({ email, password });
  return (
    'POST /api/login/ HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n' +
    `${forwarded}content-length: ${body.length}\r\n\r\n${body}`
  );
}
