import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { applyMigrations } from '../../src/db/migrate.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { hashPassword } from '../../src/features/identity/passwords/password-hashes.ts';
import { createUser, updateUser } from '../../src/features/identity/users/index.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { machine, say, withWorkFolder } from '../machine.ts';
import { number } from '../options.ts';
import { startLatchkey } from '../processes.ts';
import { password, standardHash } from '../seed.ts';
import { formatParity, judge } from './judge.ts';
import { takeSamples, type Way } from './samples.ts';

/** `npm run bench -- parity`: whether the ways of being refused at login can be told apart. */

interface Options {
  readonly samples: number;
  readonly threshold: number;
  readonly json?: string | true;
}

export const parityCommand = new Command('parity')
  .description(
    'Compares how long logins take that are refused, and what they get. Status 1: they differ.',
  )
  .option('--samples <number>', 'how often each way is taken', number, 3_000)
  .option('--threshold <microseconds>', 'how large a difference must be to count', number, 100)
  .option('--json [file]', 'the results as JSON, in a file or in place of the table')
  .addHelpText('after', '\nExample:\n  npm run bench -- parity --samples 5000')
  .action(parity);

async function parity(options: Options): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  const result = await withWorkFolder((folder) => measure(folder, options));
  const text = JSON.stringify({ machine: machine(loadBefore), options, ...result }, null, 2);
  if (options.json === true) await print(`${text}\n`);
  else await print(`\n${formatParity(result)}`);
  if (typeof options.json === 'string') writeFileSync(options.json, `${text}\n`);
  process.exitCode = result.findings.every(({ isMet }) => isMet) ? 0 : 1;
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function measure(dataDir: string, { samples: count, threshold }: Options) {
  const ways = await makeAccounts(dataDir);
  const server = await startLatchkey({ dataDir });
  try {
    const rounds = Math.ceil(count);
    const plan = { port: server.port, rounds, warmUp: Math.min(rounds, 50) };
    const samples = await takeSamples(ways, plan, (round) => {
      if (round % 500 === 0) say(`round ${round} of ${rounds}`);
    });
    return judge(samples, threshold);
  } finally {
    await server.stop();
  }
}

/** Of each kind; their addresses are as long as those that nobody has. */
const accounts = 32;
const wrong = password.replace('staple', 'stable');

/** Makes a database with the accounts of each way, and the requests of each. */
async function makeAccounts(dataDir: string): Promise<Way[]> {
  const database = openSqlite(join(dataDir, 'latchkey.db'));
  const deps = { database, clock: systemClock };
  const hash = hashPassword(password, standardHash);
  const emails = (kind: string) =>
    Array.from({ length: accounts }, (_, n) => `${kind}.${String(n).padStart(2, '0')}@example.com`);
  try {
    await applyMigrations(database);
    for (const email of emails('active'))
      await createUser(deps, { email, passwordHash: hash }, { kind: 'system' });
    for (const email of emails('noword'))
      await createUser(deps, { email, passwordHash: null }, { kind: 'system' });
    for (const email of emails('asleep')) {
      const user = await createUser(deps, { email, passwordHash: hash }, { kind: 'system' });
      if (user) await updateUser(database.db, user.id, { is_active: 0, updated_at_ms: 0 });
    }
  } finally {
    await database.close();
  }
  const way = (name: string, kind: string, secret = wrong): Way => ({
    name,
    requests: emails(kind).map((email) => loginRequest(email, secret)),
  });
  return [
    way('wrong password', 'active'),
    way('wrong password, once more', 'active'),
    way('unknown address', 'nobody'),
    way('account without a password', 'noword'),
    way('deactivated account', 'asleep'),
    way('deactivated account, right password', 'asleep', password),
  ];
}

function loginRequest(email: string, secret: string): string {
  const body = JSON.stringify({ email, password: secret });
  return (
    'POST /api/login/ HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n' +
    `content-length: ${body.length}\r\n\r\n${body}`
  );
}
