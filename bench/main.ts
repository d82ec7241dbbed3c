import { chmodSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Argument, Command, Option } from 'commander';
import { databaseUrl } from '../test/database.ts';
import { type PostgresServer, startPostgres } from '../test/postgres/postgres-server.ts';
import { algorithms } from './figures/algorithms.ts';
import { type Bench, type Figure, Servers } from './figures/bench.ts';
import { disk } from './figures/disk.ts';
import { factors } from './figures/factors.ts';
import { mails, reset } from './figures/mail.ts';
import { pages } from './figures/pages.ts';
import { passkeys } from './figures/passkeys.ts';
import { login, me, refresh, storm } from './figures/requests.ts';
import { scale } from './figures/scale.ts';
import { search } from './figures/search.ts';
import { flood, mixed, priorities } from './figures/sign-ins.ts';
import { memory, ready } from './figures/start.ts';
import { machine, say, withWorkFolder } from './machine.ts';
import { number } from './options.ts';
import { parityCommand } from './parity/parity.ts';
import { cpuMicrosOfTree } from './processes.ts';
import { type FigureResult, formatDetails, formatTable } from './report.ts';
import { addAppsToHalf, type Seeded, seed, seedPostgres } from './seed.ts';

/** `npm run bench`: starts the real server, loads it, and holds each figure against its limit. */

const figures: Readonly<Record<string, Figure>> = {
  ...{ me, algorithms, refresh, login, storm, mixed, flood },
  ...{ pages, ready, memory, disk, search, scale, priorities, reset, mails, factors, passkeys },
};
/** Those that are measured where they are named alone. */
const onRequest = [
  'mixed',
  'flood',
  'scale',
  'priorities',
  'reset',
  'mails',
  'passkeys',
  'factors',
];
/** Those that tell how it is with another database. */
const postgresFigures = ['me', 'refresh', 'login', 'search', 'scale'];
const defaultUsers = [1_000, 1_000_000];

/** A PostgreSQL of its own that loses nothing, with the memory that a small server has. */
const durable = ['max_connections=200', 'shared_buffers=512MB', 'max_wal_size=2GB'];

interface Options {
  readonly database: Bench['engine'];
  readonly users?: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  /** Whether every second user has a second factor. */
  readonly factors?: true;
  /** A file; true for standard output. */
  readonly json?: string | true;
}

await new Command('npm run bench --')
  .description('Measures the server, each figure beside the limit of this machine in the same run.')
  .addArgument(
    new Argument(
      '[figures...]',
      'which figures; all but mixed, flood, scale, priorities, reset, mails, passkeys and factors where none is named',
    ).choices(Object.keys(figures)),
  )
  .option('--users <number>', 'so many users and sessions; may be repeated', addNumber)
  .addOption(
    new Option('--database <engine>', 'the database; of PostgreSQL one is started')
      .choices(['sqlite', 'postgres'])
      .default('sqlite'),
  )
  .option('--seconds <number>', 'for how long each side is measured in each round', number, 2)
  .option('--rounds <number>', 'how often the sides take turns', number, 5)
  .option('--factors', 'every second user has an authenticator app; for me and refresh')
  .option('--json [file]', 'the results as JSON, in a file or in place of the table')
  .addHelpText('after', '\nExample:\n  npm run bench -- me refresh --users 1000 --rounds 3')
  .action(bench)
  .enablePositionalOptions() // both have --json
  .addCommand(parityCommand)
  .parseAsync();

function addNumber(text: string, before: readonly number[] = []): number[] {
  return [...before, Math.ceil(number(text))];
}

async function bench(names: readonly string[], options: Options): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  const results = await withWorkFolder((folder) => measure(names, options, folder));
  report(results, options, loadBefore);
}

async function measure(
  names: readonly string[],
  { users = defaultUsers, seconds, rounds, factors: hasFactors, database: engine }: Options,
  folder: string,
): Promise<FigureResult[]> {
  const isPostgres = engine === 'postgres';
  await using postgres = isPostgres ? await startOwnPostgres(folder) : undefined;
  const databases: Seeded[] = [];
  for (const count of [...new Set(users)].sort((a, b) => a - b)) {
    say(`making a database of ${count.toLocaleString('en')} users`);
    databases.push(await (postgres ? seedOn(postgres, folder, count) : seed(folder, count)));
  }
  if (hasFactors) for (const database of databases) await addAppsToHalf(database);
  const [first, ...more] = databases;
  if (!first) return [];
  await using servers = new Servers();
  const bench: Bench = {
    ...{ engine, databases: [first, ...more], workers: isPostgres ? [1, 2] : [1] },
    ...{ servers, seconds, rounds, folder, say },
    databaseMicros: () => postgres && cpuMicrosOfTree(postgres.pid()),
  };
  const results: FigureResult[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    if (names.length > 0 ? !names.includes(name) : onRequest.includes(name)) continue;
    if (isPostgres && !postgresFigures.includes(name)) continue;
    say(`\n${name}`);
    results.push(...(await figure(bench)));
  }
  return results;
}

function startOwnPostgres(parent: string): Promise<PostgresServer> {
  chmodSync(parent, 0o711); // as root it runs as another user, who must get to its folder
  return startPostgres({ parent, configuration: durable });
}

async function seedOn(server: PostgresServer, folder: string, users: number): Promise<Seeded> {
  const name = `users_${users}`;
  await server.query(`create database ${name}`);
  return seedPostgres(folder, users, databaseUrl(server.url, name));
}

function report(results: readonly FigureResult[], { json, ...options }: Options, load: number) {
  const text = JSON.stringify({ machine: machine(load), options, results }, null, 2);
  if (json === true) {
    process.stdout.write(`${text}\n`);
    return;
  }
  if (json !== undefined) writeFileSync(json, `${text}\n`);
  process.stdout.write(`\n${formatTable(results)}\n${formatDetails(results)}`);
}
