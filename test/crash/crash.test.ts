import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTokenCipher } from '../../src/features/sign-in/sessions/token-cipher.ts';
import { temporaryFolder, testSecret } from '../harness.ts';
import { isLong } from '../long.ts';
import { runServerToEnd, type ServerProcess, startServerProcess } from '../server-process.ts';
import { checkHistory } from './check-history.ts';
import { Client, type Target } from './client.ts';
import type { FinalState, Operation } from './history.ts';

/** The server is killed in the middle of its work, again and again, on one data folder. */

const rounds = isLong ? 40 : 4;
const clientCount = 12;

const environment = {
  LATCHKEY_SECRET_KEY: testSecret,
  LATCHKEY_ACCESS_TOKEN_LIFETIME: '86400',
  // A predecessor that comes back within it ends nothing: sessions survive being asked about.
  LATCHKEY_REFRESH_GRACE_PERIOD: '300',
};

/** A token is computed from the one before it, so we know it also where nobody has seen it. */
function successorOf(token: string): string {
  const cipher = createTokenCipher(testSecret);
  const subject = cipher.open(token);
  if (!subject) throw new Error(`No token: ${token}`);
  return cipher.seal({ ...subject, generation: subject.generation + 1 });
}

/** What is on the disk after a kill, as another program reads it. The server's own files stay as they are. */
function readState(database: string): FinalState {
  using folder = temporaryFolder();
  const copy = join(folder.path, 'copy.db');
  for (const suffix of ['', '-wal']) {
    if (existsSync(`${database}${suffix}`)) {
      copyFileSync(`${database}${suffix}`, `${copy}${suffix}`);
    }
  }
  using file = new DatabaseSync(copy);
  const problems = file.prepare('pragma foreign_key_check').all();
  const integrity = String(file.prepare('pragma integrity_check').get()?.integrity_check);
  const users = file.prepare('select id, email from users').all();
  return {
    integrity: problems.length > 0 ? 'rows refer to rows that are not there' : integrity,
    users: users.map(({ id, email }) => ({ id: Number(id), email: String(email) })),
  };
}

/** Waits until a few operations are done, and then a while for more: how many is chance. */
async function someWork(history: readonly Operation[]): Promise<void> {
  const few = history.length + 10;
  const enough = few + Math.random() * 100;
  const until = performance.now() + 1_000;
  while (history.length < few || (history.length < enough && performance.now() < until)) {
    await sleep(Math.random() * 20);
  }
}

async function kill(server: ServerProcess): Promise<void> {
  server.process.kill('SIGKILL');
  expect((await server.ended()).signal).toBe('SIGKILL');
}

test('what was acknowledged survives a kill at any moment, and nothing is good twice', async () => {
  using folder = temporaryFolder();
  // Compiled once, not at each start; it is written when a process ends by itself.
  const cache = { NODE_COMPILE_CACHE: join(folder.path, 'cache') };
  const options = { folder: folder.path, environment: { ...environment, ...cache } };
  const database = join(folder.path, 'data', 'latchkey.db');
  const target: Target = { origin: '', isDead: true };
  const history: Operation[] = [];
  const clients = Array.from(
    { length: clientCount },
    (_client, number) => new Client({ target, history, successorOf }, number),
  );
  let state: FinalState = { integrity: 'never looked at', users: [] };

  {
    await using _stopped = await startServerProcess(options);
  }
  for (let round = 0; round < rounds; round += 1) {
    await using server = await startServerProcess(options);
    target.origin = server.origin;
    target.isDead = false;
    await Promise.all(clients.map((client) => client.verify()));
    const work = clients.map((client) => client.work());
    await someWork(history);
    const killed = kill(server);
    target.isDead = true;
    await Promise.all([killed, ...work]);
    history.push({ kind: 'killed' });
    state = readState(database);
    expect(state.integrity).toBe('ok');
  }

  await using server = await startServerProcess(options);
  target.origin = server.origin;
  await Promise.all(clients.map((client) => client.verify()));
  await Promise.all(clients.map((client) => client.reuseAll()));
  await kill(server);

  const counts = Map.groupBy(history, ({ kind }) => kind);
  const count = (kind: Operation['kind']) => counts.get(kind)?.length ?? 0;
  console.info(
    `${rounds} kills. Acknowledged: ${count('registered')} registrations, ` +
      `${count('signed in')} sign-ins, ${count('refreshed')} refreshes, ` +
      `${count('name changed')} profile changes, ${count('logged out')} logouts. ` +
      `Cut off: ${count('refresh unknown')} refreshes, ${count('name change unknown')} profile ` +
      `changes, ${count('logout unknown')} logouts. Refused: ${count('refresh refused')}.`,
  );
  expect(checkHistory(history, state, { successorOf })).toEqual([]);
  // It was a real test: there was something to lose.
  expect(count('registered')).toBeGreaterThan(0);
  if (!isLong) return;
  expect(count('registered')).toBeGreaterThanOrEqual(clientCount / 2);
  expect(count('refreshed')).toBeGreaterThan(100);
  expect(count('name changed')).toBeGreaterThan(50);
  expect(count('logged out')).toBeGreaterThan(5);
  expect(count('refresh unknown') + count('name change unknown')).toBeGreaterThan(rounds / 2);
}, 1_800_000); // many rounds, each of which starts and stops servers

test('a server that is killed while it makes its database starts the next time', async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, environment };
  for (const seconds of ['0.25', '0.4', '0.5', '0.6', '0.8']) {
    const prefix = ['timeout', '--signal=KILL', seconds];
    await runServerToEnd({ ...options, prefix });
  }
  await using server = await startServerProcess(options);
  await kill(server);
  expect(readState(join(folder.path, 'data', 'latchkey.db')).integrity).toBe('ok');
});
