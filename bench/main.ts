import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { Argument, Command } from 'commander';
import { algorithms } from './figures/algorithms.ts';
import { type Figure, Servers } from './figures/bench.ts';
import { disk } from './figures/disk.ts';
import { login, me, refresh, storm } from './figures/requests.ts';
import { search } from './figures/search.ts';
import { memory, ready } from './figures/start.ts';
import { machine, say, withWorkFolder } from './machine.ts';
import { number } from './options.ts';
import { parityCommand } from './parity/parity.ts';
import { type FigureResult, formatDetails, formatTable } from './report.ts';
import { type Seeded, seed } from './seed.ts';

/** `npm run bench`: starts the real server, loads it, and holds each figure against its limit. */

const figures: Readonly<Record<string, Figure>> = {
  ...{ me, algorithms, refresh, login, storm },
  ...{ ready, memory, disk, search },
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
