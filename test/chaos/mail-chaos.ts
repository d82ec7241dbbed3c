import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { startMailServer } from '../mail-server.ts';
import { type ServerProcess, startServerProcess } from '../server-process.ts';

/**
 * A server that is killed with -9 while the SMTP server has its mail and has not said so yet: the one moment at which
 * nobody can know. Every mail that was acknowledged must arrive, and one that arrives twice has one Message-ID.
 */

export interface MailChaosReport {
  readonly rounds: number;
  readonly acknowledged: number;
  /** How many mails came, each as often as it came. */
  readonly received: number;
  /** How many came more than once. */
  readonly repeated: number;
  /** What contradicts the promises. */
  readonly problems: readonly string[];
}

const mailsPerRound = 4;
const password = 'correct horse battery';
/** A server is back and has sent what waits by then, or something is wrong. */
const limitMs = 60_000;

/** @param say is told of each round */
export async function runMailChaos(
  rounds: number,
  say: (text: string) => void = () => undefined,
): Promise<MailChaosReport> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-mail-chaos-'));
  const dataDir = join(folder, 'data');
  await using mails = await startMailServer();
  let server: ServerProcess | undefined;
  const acknowledged: string[] = [];
  const problems: string[] = [];

  async function start(): Promise<ServerProcess> {
    return startServerProcess({
      folder,
      flags: ['--data', dataDir],
      environment: {
        LATCHKEY_METRICS_PORT: 'off',
        LATCHKEY_LOG_LEVEL: 'error',
        LATCHKEY_SMTP_URL: mails.url,
        LATCHKEY_MAIL_FROM: 'no-reply@mail.example',
        LATCHKEY_REGISTRATION_MAIL: 'false', // one mail for each email
      },
    });
  }

  async function post(path: string, json: object): Promise<number> {
    try {
      const response = await fetch(`${server?.origin}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(json),
      });
      await response.text();
      return response.status;
    } catch {
      return 0; // it is dead
    }
  }

  /** The leases of a server that is dead run out: in a minute, for which nobody waits here. */
  async function endLeases(): Promise<void> {
    const database = openSqlite(join(dataDir, 'latchkey.db'));
    await database.db.updateTable('outbox').set({ leased_until_ms: 0, due_at_ms: 0 }).execute();
    await database.close();
  }

  const hasArrived = (email: string) => mails.received.some(({ to }) => to[0] === email);

  try {
    for (let round = 1; round <= rounds; round += 1) {
      say(`mail round ${round}`);
      server = await start();
      const emails = Array.from(
        { length: mailsPerRound },
        (_, n) => `round${round}.${n}@example.com`,
      );
      for (const email of emails) {
        const status = await post('/api/register/', { email, password });
        if (status !== 201) throw new Error(`Could not register ${email}: ${status}`);
      }
      const current = server;
      const turn = {
        async beforeReply() {
          current.process.kill('SIGKILL');
          await current.ended();
        },
      };
      // Which of them it is differs, and so does how many are on their way with it.
      mails.plan(...Array<'take'>(round % mailsPerRound).fill('take'), turn);
      const statuses = await Promise.all(
        emails.map((email) => post('/api/password-reset/', { email })),
      );
      acknowledged.push(...emails.filter((_email, n) => statuses[n] === 202));
      await current.ended();
      await endLeases();
      server = await start();
      const until = performance.now() + limitMs;
      while (!acknowledged.every(hasArrived) && performance.now() < until) await sleep(20);
      await stop(server);
    }
    problems.push(...(await judge()));
  } finally {
    server?.process.kill('SIGKILL');
    await server?.ended();
    rmSync(folder, { recursive: true, force: true });
  }

  async function judge(): Promise<string[]> {
    const found = acknowledged
      .filter((email) => !hasArrived(email))
      .map((email) => `The mail to ${email} was acknowledged, and did not arrive.`);
    const database = openSqlite(join(dataDir, 'latchkey.db'));
    const rows = await database.db.selectFrom('outbox').select(['email', 'message_id']).execute();
    await database.close();
    const idOf = new Map(rows.map((row) => [row.email, row.message_id]));
    for (const { to, mail } of mails.received) {
      const [email = ''] = to;
      if (mail.messageId === idOf.get(email)) continue;
      found.push(`A mail to ${email} has another Message-ID than the outbox.`);
    }
    return found;
  }

  const counts = new Map<string, number>();
  for (const { to } of mails.received) counts.set(to[0] ?? '', (counts.get(to[0] ?? '') ?? 0) + 1);
  return {
    rounds,
    acknowledged: acknowledged.length,
    received: mails.received.length,
    repeated: [...counts.values()].filter((count) => count > 1).length,
    problems,
  };
}

async function stop(server: ServerProcess): Promise<void> {
  server.process.kill('SIGTERM');
  await server.ended();
}

/** The report in words. */
export function mailReportText(report: MailChaosReport): string {
  const { rounds, acknowledged, received, repeated, problems } = report;
  return [
    `${rounds} times a server was killed between a mail and its reply.`,
    `  ${String(acknowledged).padStart(7)}  mails acknowledged`,
    `  ${String(received).padStart(7)}  mails received`,
    `  ${String(repeated).padStart(7)}  of them more than once, under one Message-ID`,
    problems.length === 0 ? 'Nothing contradicts the promises.' : `${problems.length} PROBLEMS:`,
    ...problems.slice(0, 50).map((problem) => `  ${problem}`),
  ].join('\n');
}
