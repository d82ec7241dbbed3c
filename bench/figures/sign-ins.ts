import { readdirSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { alternate, median, type Sample, type Side, throughput } from '../measure.ts';
import { defaultLimits, startGenerator, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import { password, type Seeded } from '../seed.ts';
import { type Bench, Started, sizeOf } from './bench.ts';
import { compare } from './compare.ts';
import { activeUsers, meWork, refreshWork, signIns, storm } from './requests.ts';

/** Sign-ins among other work, and beside somebody who floods the server with them. */

const mixedConnections = 32;
const mixedTargetMs = 400;
const mixedTitle = 'POST /api/login/ p99 at 2 % of all';
const triedPriorities = [0, 2, 5, 10, 19];
const attackConnections = 400;
/** So seldom that a stranger meets nobody but the attack. */
const strangersPerSecond = 4;
const strangerAccounts = 500;
const officeTargetSeconds = 60;
const officeConnections = 32;

/** How long a sign-in takes while the server is busy with other requests. */
export async function mixed(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const results: FigureResult[] = [];
  for (const database of bench.databases) {
    const side = await mixedSide(started, bench, database);
    const samples = (await alternate([side], bench.rounds, bench.say)).get(side) ?? [];
    const measured = median(samples.map(({ value }) => value));
    results.push({
      ...{ figure: 'mixed', title: `${mixedTitle}, ${sizeOf(database)}` },
      ...{ unit: 'ms', measured, target: `<= ${mixedTargetMs} ms` },
      isMet: measured <= mixedTargetMs,
    });
  }
  return results;
}

async function mixedSide(started: Started, bench: Bench, database: Seeded): Promise<Side> {
  const server = await bench.servers.latchkey(database);
  const parts = [
    { percent: 49, work: meWork(database) },
    { percent: 49, work: refreshWork(database) },
    { percent: 2, work: signIns(database.emails(activeUsers)) },
  ];
  const generator = await started.add(startGenerator({ kind: 'mixed', parts }));
  return {
    name: `mixed, ${sizeOf(database)}`,
    async measure() {
      const plan = { connections: mixedConnections, seconds: bench.seconds, port: server.port };
      const { p99MsOfParts, p50Ms, p99Ms, answers, seconds } = await generator.run(plan);
      bench.say(`all requests: ${Math.round(answers / seconds)}/s`);
      return { value: p99MsOfParts[2] ?? Number.NaN, p50Ms, p99Ms };
    },
  };
}

/**
 * Both figures that the priority of the gentle hashing threads decides, over the priorities that they may have. The
 * bench gives the threads of the running server another one, for which it must be root.
 */
export async function priorities(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const [database] = bench.databases;
  const { pid } = await bench.servers.latchkey(database);
  const mixedWork = await mixedSide(started, bench, database);
  await mixedWork.measure(); // starts the threads
  const threads = readdirSync(`/proc/${pid}/task`)
    .map(Number)
    .filter((thread) => getPriority(thread) > 0);
  const results: FigureResult[] = [];
  for (const priority of triedPriorities) {
    for (const thread of threads) setPriority(thread, priority);
    bench.say(`nice ${priority}`);
    const samples = (await alternate([mixedWork], bench.rounds, bench.say)).get(mixedWork) ?? [];
    results.push({
      ...{ figure: 'priorities', title: `nice ${priority}: ${mixedTitle}`, unit: 'ms' },
      measured: median(samples.map(({ value }) => value)),
    });
    const [stormResult] = await storm({ ...bench, databases: [database] });
    if (stormResult) {
      const title = `nice ${priority}: ${stormResult.title}`;
      results.push({ ...stormResult, figure: 'priorities', title });
    }
  }
  return results;
}

/** Beside one account of one network that keeps 400 sign-ins in flight, and for 500 people who share a network. */
export async function flood(bench: Bench): Promise<FigureResult[]> {
  return [...(await stranger(bench)), await office(bench)];
}

/** How long it takes until 500 people behind one ip have all signed in. One who is refused makes it fail. */
async function office(bench: Bench): Promise<FigureResult> {
  await using started = new Started();
  const [database] = bench.databases;
  const { port } = await started.add(startLatchkey(database, defaultLimits));
  const waiting = database.emails(strangerAccounts);
  const startedAt = performance.now();
  async function signInOneAfterAnother() {
    for (let email = waiting.pop(); email !== undefined; email = waiting.pop()) {
      const answer = await fetch(`http://127.0.0.1:${port}/api/login/`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password }),
      });
      if (!answer.ok) throw new Error(`${email} did not sign in: ${await answer.text()}`);
    }
  }
  await Promise.all(Array.from({ length: officeConnections }, signInOneAfterAnother));
  const measured = (performance.now() - startedAt) / 1000;
  return {
    ...{ figure: 'flood', title: `${strangerAccounts} people of one network sign in`, unit: 's' },
    ...{ measured, target: `<= ${officeTargetSeconds} s`, isMet: measured <= officeTargetSeconds },
  };
}

/** A stranger signs in while one account of one network keeps 400 sign-ins in flight. */
async function stranger(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const [database] = bench.databases;
  const server = await started.add(
    startLatchkey(database, { LATCHKEY_TRUSTED_PROXIES: 'loopback' }),
  );
  const [attacked = '', ...others] = database.emails(strangerAccounts + 1);
  const generatorOf = (emails: readonly string[], from: string) =>
    started.add(startGenerator(signIns(emails, from)));
  const strangers = await generatorOf(others, '198.51.100.1');
  const attackers = await generatorOf([attacked], '192.0.2.1');
  const one = throughput('', server, strangers, {
    ...{ connections: 4, seconds: bench.seconds, perSecond: strangersPerSecond },
  });
  const p50 = async (): Promise<Sample> => {
    const sample = await one.measure();
    return { ...sample, value: sample.p50Ms ?? Number.NaN };
  };
  const calm: Side = { name: 'calm', measure: p50 };
  const attack: Side = {
    name: `beside ${attackConnections} in flight`,
    async measure() {
      const { port } = server;
      const plan = { connections: attackConnections, seconds: bench.seconds, port };
      const [sample] = await Promise.all([p50(), attackers.run(plan)]);
      return sample;
    },
  };
  return await compare(bench, [{ database, limit: calm, ours: attack }], {
    figure: 'flood',
    title: 'POST /api/login/ p50 of a stranger while one account floods',
    unit: 'ms',
    target: '<= 3.00',
    isMet: ({ ratio }) => ratio <= 3,
  });
}
