import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../src/db/database.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { writeMail } from '../../src/features/platform/mail/outbox.ts';
import { secretKeyPath } from '../../src/workspace/secret-keys.ts';
import type { LoadWork } from '../load.ts';
import { alternate, median, medianRatio, type Side, throughput } from '../measure.ts';
import { startGenerator, startLatchkey } from '../processes.ts';
import type { FigureResult } from '../report.ts';
import type { Seeded } from '../seed.ts';
import { type Bench, Started, sizeOf } from './bench.ts';
import { compare } from './compare.ts';
import { activeUsers, bareSide, connections, meWork } from './requests.ts';

/** Mail: how fast it is asked for, and how fast it leaves. */

const resetTargetPerSecond = 2_000;
const mailsTargetPerSecond = 300;
/** Of the profile, as for the figure of the storm. */
const calmPerSecond = 2_000;
/** More than any machine sends. */
const mailsPerSecondWaiting = 5_000;

/** Resets that are asked for, each with its flow and its mail on disk before it is answered. */
export async function reset(bench: Bench): Promise<FigureResult[]> {
  await using started = new Started();
  const plan = { connections, seconds: bench.seconds };
  const limit = await bareSide(started, bench, 'bare POST', plan, resetWork);
  const [database] = bench.databases;
  const server = await bench.servers.latchkey(database);
  const generator = await started.add(startGenerator(resetWork(database)));
  const ours = throughput(sizeOf(database), server, generator, plan);
  return await compare(bench, [{ database, limit, ours }], {
    figure: 'reset',
    title: 'POST /api/password-reset/, durable',
    unit: '/s',
    target: `>= ${resetTargetPerSecond.toLocaleString('en')}/s`,
    isMet: ({ measured }) => measured >= resetTargetPerSecond,
  });
}

function resetWork(database: Seeded, path = '/api/password-reset/'): LoadWork {
  const requests = database.emails(activeUsers).map((email) => {
    const body = JSON.stringify({ email });
    return (
      `POST ${path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body}`
    );
  });
  return { kind: 'requests', requests };
}

/** Mails that a local SMTP server takes, and how long the profile takes meanwhile. On SQLite alone. */
export async function mails(bench: Bench): Promise<FigureResult[]> {
  const [database] = bench.databases;
  await bench.servers[Symbol.asyncDispose](); // one server a database
  await using started = new Started();
  const sink = await started.add(startSink());
  const server = await started.add(
    startLatchkey(database, {
      LATCHKEY_SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
      LATCHKEY_MAIL_FROM: 'no-reply@example.com',
    }),
  );
  const outbox = openOutbox(database);
  await using _open = { [Symbol.asyncDispose]: () => outbox.close() };
  const readers = await started.add(startGenerator(meWork(database)));
  const { seconds } = bench;
  const profiles = throughput('', server, readers, {
    ...{ connections, seconds, perSecond: calmPerSecond },
  });
  const p99 = async () => {
    const sample = await profiles.measure();
    return { ...sample, value: sample.p99Ms ?? Number.NaN };
  };
  const rates: number[] = [];
  const calm: Side = { name: 'calm', measure: p99 };
  const busy: Side = {
    name: 'while mails are sent',
    async measure() {
      await outbox.fill(mailsPerSecondWaiting * seconds);
      await sink.untilMore(); // the server looks once a second
      const [before, startedAt] = [await sink.taken(), performance.now()];
      const sample = await p99();
      rates.push(((await sink.taken()) - before) / ((performance.now() - startedAt) / 1000));
      await outbox.empty();
      return sample;
    },
  };
  const samples = await alternate([calm, busy], bench.rounds, bench.say);
  const [inCalm, inRush] = [samples.get(calm) ?? [], samples.get(busy) ?? []];
  const measured = median(rates.slice(1)); // without the warm-up
  const ratio = medianRatio(inRush, inCalm);
  return [
    {
      ...{ figure: 'mails', title: 'mails that a local SMTP server takes', unit: '/s', measured },
      target: `>= ${mailsTargetPerSecond}/s`,
      isMet: measured >= mailsTargetPerSecond,
    },
    {
      ...{ figure: 'mails', title: 'profile p99 while mails are sent', unit: 'ms' },
      measured: median(inRush.map(({ value }) => value)),
      limit: median(inCalm.map(({ value }) => value)),
      ...{ limitName: 'calm', ratio, target: '<= 3.00', isMet: ratio <= 3 },
    },
  ];
}

/** The outbox of a database, written to beside the server. */
function openOutbox({ dataDir, emails }: Seeded) {
  const database: Database = openSqlite(join(dataDir, 'latchkey.db'));
  const secretKey = readFileSync(secretKeyPath(dataDir), 'utf8').trim();
  const from = { name: '', email: 'no-reply@example.com' };
  return {
    /** All at once, so that the server is not in the way of it, nor it in the server's. */
    fill: (count: number) =>
      database.transact(async (trx) => {
        const nowMs = Date.now();
        const whom = emails(count);
        for (let n = 0; n < count; n += 1) {
          const email = whom[n % whom.length] as string;
          await writeMail(
            trx,
            { secretKey, from, nowMs },
            {
              ...{ kind: 'password_reset', userId: null, email, locale: 'en' },
              parameters: { code: '123456', atMs: nowMs, ip: '203.0.113.7' },
              expiresAtMs: nowMs + 600_000,
            },
          );
        }
      }),
    empty: () => database.db.deleteFrom('outbox').execute(),
    close: () => database.close(),
  };
}

async function startSink() {
  const child = fork(join(import.meta.dirname, '../limits/mail-sink.ts'));
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const taken = async () => {
    child.send('taken');
    const [answer] = (await once(child, 'message')) as [{ taken: number }];
    return answer.taken;
  };
  return {
    port,
    taken,
    async untilMore() {
      const before = await taken();
      while ((await taken()) === before) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    stop: () => {
      child.kill();
    },
  };
}
