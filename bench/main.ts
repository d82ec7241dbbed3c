import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, platform, release } from 'node:os';
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import { type Figure, Servers } from './figures/bench.ts';
import { disk } from './figures/disk.ts';
import { login, me, refresh, storm } from './figures/requests.ts';
import { memory, ready } from './figures/start.ts';
import { type FigureResult, formatDetails, formatTable } from './report.ts';
import { type Seeded, seed } from './seed.ts';

/** `npm run bench`: starts the real server, loads it, and holds each figure against its limit. */

const figures: Readonly<Record<string, Figure>> = {
  ...{ me, refresh, login, storm },
  ...{ ready, memory, disk },
};
const defaultUsers = [1_000, 1_000_000];

interface Options {
  readonly users?: readonly number[];
  readonly seconds: number;
  readonly rounds: number;
  /** A file; true for standard output. */
  readonly json?: string | true;
}

await new Command('npm run bench --')
  .description('Measures the server, each figure beside the limit of this machine in the same run.')
  .addArgument(
    new Argument('[figures...]', 'which figures; all where none is named').choices(
      Object.keys(figures),
    ),
  )
  .option('--users <number>', 'so many users and sessions; may be repeated', addNumber)
  .option('--seconds <number>', 'for how long each side is measured in each round', number, 2)
  .option('--rounds <number>', 'how often the sides take turns', number, 5)
  .option('--json [file]', 'the results as JSON, in a file or in place of the table')
  .addHelpText('after', '\nExample:\n  npm run bench -- me refresh --users 1000 --rounds 3')
  .action(bench)
  .parseAsync();

function number(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It takes a number above 0.');
}

function addNumber(text: string, before: readonly number[] = []): number[] {
  return [...before, Math.ceil(number(text))];
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function bench(names: readonly string[], options: Options): Promise<void> {
  // Beside the sources and not in /tmp, which on many machines is no disk.
  const parent = join(import.meta.dirname, '.work');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'run-'));
  const loadBefore = loadavg()[0] ?? 0;
  try {
    const results = await measure(names, options, folder);
    report(results, options, loadBefore);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(
  names: readonly string[],
  { users = defaultUsers, seconds, rounds }: Options,
  folder: string,
): Promise<FigureResult[]> {
  const databases: Seeded[] = [];
  for (const count of [...new Set(users)].sort((a, b) => a - b)) {
    say(`making a database of ${count.toLocaleString('en')} users`);
    databases.push(await seed(folder, count));
  }
  const [first, ...more] = databases;
  if (!first) return [];
  await using servers = new Servers();
  const bench = { databases: [first, ...more], servers, seconds, rounds, folder, say } as const;
  const results: FigureResult[] = [];
  for (const [name, figure] of Object.entries(figures)) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(`\n${name}`);
    results.push(...(await figure(bench)));
  }
  return results;
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

/** What the figures hold for. A machine that is not idle at the start gives poor ones. */
function machine(loadBefore: number) {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    system: `${platform()} ${release()}`,
    node: process.version,
    loadBefore,
    at: new Date().toISOString(),
  };
}
