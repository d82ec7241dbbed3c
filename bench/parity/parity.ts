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

/** `npm run bench -- parity`: whether what an account is can be told by a login, or by asking for a mail. */

interface Options {
  readonly samples: number;
  readonly threshold: number;
  readonly json?: string | true;
}

export const parityCommand = new Command('parity')
  .description(
    'Compares how long logins take that are refused, and requests for a mail to reset a password, to sign in or to ' +
      'register, and what they get. Status 1: they differ.',
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
  else
    await print(result.endpoints.map((each) => `\n${formatParity(each.endpoint, each)}`).join(''));
  if (typeof options.json === 'string') writeFileSync(options.json, `${text}\n`);
  process.exitCode = result.endpoints.every(({ findings }) => findings.every(({ isMet }) => isMet))
    ? 0
    : 1;
}

async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

async function measure(dataDir: string, { samples: count, threshold }: Options) {
  await makeAccounts(dataDir);
  const server = await startLatchkey({ dataDir }, { LATCHKEY_MAIL_SIGN_IN: 'true' });
  try {
    const rounds = Math.ceil(count);
    const plan = { port: server.port, rounds, warmUp: Math.min(rounds, 50) };
    const endpoints = [];
    for (const [endpoint, ways] of Object.entries(waysOf)) {
      const samples = await takeSamples(ways, plan, (round) => {
        if (round % 500 === 0) say(`${endpoint}: round ${round} of ${rounds}`);
      });
      endpoints.push({ endpoint, ...judge(samples, threshold) });
    }
    return { endpoints };
  } finally {
    await server.stop();
  }
}

/** Of each kind, so many that none uses up its codes of a day; their emails are as long as those that nobody has. */
const accounts = 256;
const wrong = password.replace('staple', 'stable');

const emails = (kind: string) =>
  Array.from({ length: accounts }, (_, n) => `${kind}.${String(n).padStart(3, '0')}@example.com`);

/** Makes a database with the accounts of each way. */
async function makeAccounts(dataDir: string): Promise<void> {
  const database = openSqlite(join(dataDir, 'latchkey.db'));
  const deps = { database, clock: systemClock };
  const hash = hashPassword(password, standardHash);
  try {
    await applyMigrations(database);
    for (const email of emails('active'))
      await createUser(deps, { email, passwordHash: hash }, { kind: 'system' });
    for (const email of emails('noword'))
      await createUser(deps, { email, passwordHash: null }, { kind: 'system' });
    for (const email of emails('asleep')) {
      const user = await createUser(deps, { email, passwordHash: hash }, { kind: 'system' });
      if (user) await updateUser(database.db, user.id, { isActive: 0, updatedAtMs: 0 });
    }
  } finally {
    await database.close();
  }
}

const refusedLogin = (name: string, kind: string, secret = wrong): Way => ({
  name,
  requests: emails(kind).map((email) => request('/api/login/', { email, password: secret })),
});

/** A way to ask for a mail at a path. */
const asked = (path: string, name: string, kind: string): Way => ({
  name,
  requests: emails(kind).map((email) => request(path, { email })),
});

/** The ways to ask for a mail to an account. */
const askedMail = (path: string): Way[] => [
  asked(path, 'an account', 'active'),
  asked(path, 'an account, once more', 'active'),
  asked(path, 'unknown email', 'nobody'),
  asked(path, 'account without a password', 'noword'),
  asked(path, 'deactivated account', 'asleep'),
];

/** What is compared, by its endpoint. The first way of each is the one that the others are held against. */
const waysOf: Readonly<Record<string, readonly Way[]>> = {
  'POST /api/login/': [
    refusedLogin('wrong password', 'active'),
    refusedLogin('wrong password, once more', 'active'),
    refusedLogin('unknown email', 'nobody'),
    refusedLogin('account without a password', 'noword'),
    refusedLogin('deactivated account', 'asleep'),
    refusedLogin('deactivated account, right password', 'asleep', password),
  ],
  'POST /api/password-reset/': askedMail('/api/password-reset/'),
  'POST /api/login/mail/': askedMail('/api/login/mail/'),
  'POST /api/registrations/': [
    asked('/api/registrations/', 'a new email', 'nobody'),
    asked('/api/registrations/', 'a new email, once more', 'nobody'),
    asked('/api/registrations/', 'an account', 'active'),
    asked('/api/registrations/', 'account without a password', 'noword'),
    asked('/api/registrations/', 'deactivated account', 'asleep'),
  ],
};

function request(path: string, json: object): string {
  const body = JSON.stringify(json);
  return (
    `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
    `content-length: ${body.length}\r\n\r\n${body}`
  );
}
