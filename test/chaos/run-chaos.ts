import { setTimeout as sleep } from 'node:timers/promises';
import { createTokenCipher } from '../../src/features/sign-in/sessions/token-cipher.ts';
import { checkHistory } from '../crash/check-history.ts';
import type { FinalState, Operation } from '../crash/history.ts';
import { patienceMs } from '../eventually.ts';
import { ChaosClient } from './client.ts';
import { type Cluster, secretKey, startCluster } from './cluster.ts';
import { disturbances } from './disturbances.ts';

const clientCount = 6;
/** How much is acknowledged between two disturbances, at least, and how long that may take. */
const workPerRound = 20;
const workLimitMs = 1_000;
export interface ChaosReport {
  readonly rounds: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** How often each thing was seen. */
  readonly counts: Readonly<Partial<Record<Operation['kind'], number>>>;
  /** How many connections were cut. */
  readonly cuts: number;
  /** What contradicts the promises. */
  readonly problems: readonly string[];
}

const cipher = createTokenCipher(secretKey);

/** A token is computed from the one before it, so we know it also where nobody has seen it. */
function successorOf(token: string): string {
  const subject = cipher.open(token);
  if (!subject) throw new Error(`No token: ${token}`);
  return cipher.seal({ ...subject, generation: subject.generation + 1 });
}

/** Waits until a node answers that it can take requests. */
async function untilReady({ nodes }: Cluster): Promise<void> {
  const until = performance.now() + patienceMs;
  for (const node of nodes) {
    for (;;) {
      const isReady = await fetch(`${node.origin}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
      if (isReady) break;
      if (performance.now() > until) {
        throw new Error(`Node ${node.name} does not come back: ${node.log()}`);
      }
      await sleep(20);
    }
  }
}

/** What the database holds when all is over. */
async function readState({ postgres }: Cluster): Promise<FinalState> {
  const users = await postgres.query('select id, email from users');
  const [lost] = await postgres.query(
    `select count(*) as n from sessions left join users on users.id = user_id where users.id is null`,
  );
  return {
    integrity: Number(lost?.n) === 0 ? 'ok' : 'sessions of users that are not there',
    users: users.map(({ id, email }) => ({ id: Number(id), email: String(email) })),
  };
}

/**
 * Lets clients work at two nodes while one disturbance after the other befalls them, and holds what the
 * clients saw against what the servers promise.
 *
 * @param isOver asked before each round
 */
export async function runChaos(
  isOver: (rounds: number) => boolean,
  say: (text: string) => void = () => undefined,
): Promise<ChaosReport> {
  const startedAt = performance.now();
  const history: Operation[] = [];
  await using cluster = await startCluster();
  const deps = { nodes: cluster.nodes, history, successorOf };
  const clients = Array.from({ length: clientCount }, (_, number) => new ChaosClient(deps, number));
  const probe = new ChaosClient(deps, clientCount);
  const rounds: Record<string, number> = {};

  // The first key is there for both before anything is signed with it.
  for (const { origin } of cluster.nodes) await fetch(`${origin}/.well-known/jwks.json`);
  await sleep(600);
  const work = clients.map((client) => client.work());
  const names = Object.keys(disturbances);
  for (let round = 0; !isOver(round); round += 1) {
    const name = names[round % names.length] ?? '';
    say(`round ${round + 1}: ${name}`);
    await disturbances[name]?.({ cluster, history, probe, round });
    rounds[name] = (rounds[name] ?? 0) + 1;
    const enough = history.length + workPerRound;
    const until = performance.now() + workLimitMs;
    while (history.length < enough && performance.now() < until) await sleep(10);
  }
  await untilReady(cluster);
  for (const client of clients) client.stop();
  await Promise.all(work);
  await untilReady(cluster);
  await Promise.all(clients.map((client) => client.verify()));
  await Promise.all(clients.map((client) => client.reuseAll()));
  const state = await readState(cluster);
  const counts: Partial<Record<Operation['kind'], number>> = {};
  for (const { kind } of history) counts[kind] = (counts[kind] ?? 0) + 1;
  return {
    rounds,
    seconds: (performance.now() - startedAt) / 1_000,
    counts,
    cuts: cluster.nodes.reduce((sum, { proxy }) => sum + proxy.cuts(), 0),
    problems: checkHistory(history, state, { successorOf, mayHappenLate: true }),
  };
}

/** The report in words. */
export function reportText({ rounds, seconds, counts, cuts, problems }: ChaosReport): string {
  const lines = (all: Readonly<Record<string, number>>) =>
    Object.entries(all)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`);
  const total = Object.values(rounds).reduce((sum, count) => sum + count, 0);
  return [
    `${total} rounds in ${seconds.toFixed(1)} seconds; ${cuts} connections were cut.`,
    ...lines(rounds),
    'What the clients saw:',
    ...lines(counts as Record<string, number>),
    problems.length === 0 ? 'Nothing contradicts the promises.' : `${problems.length} PROBLEMS:`,
    ...problems.slice(0, 50).map((problem) => `  ${problem}`),
  ].join('\n');
}
