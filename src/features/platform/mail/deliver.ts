import type { Deps } from '../../../deps.ts';
import type { MailDelivery } from '../../../lib/mail-delivery.ts';
import type { Limits } from '../limits/index.ts';
import { noteRefusedEmail } from './bounces/bounces.ts';
import { isBadEmailStatus } from './bounces/delivery-report.ts';
import { returnPathOf } from './bounces/return-path.ts';
import { createBreaker } from './breaker.ts';
import type { MailTexts } from './messages/mail-texts.ts';
import { createSentNotes } from './note-sent.ts';
import {
  claimMails,
  finishMail,
  hasSendable,
  type OutboxRow,
  postponeMail,
} from './outbox.queries.ts';
import { notInTime, readMail, UnreadableMail } from './outbox.ts';
import { createPace } from './pace.ts';
import { type Attempt, createSmtp, type Smtp } from './smtp.ts';

/**
 * Sends what is in the outbox. Every node does so: a mail is claimed by one of them, under a lease that runs
 * out by itself, so that a crash strands nothing, and nothing is sent twice but after a reply that was lost
 * (with the same Message-ID then).
 */
export interface Delivery {
  /** Begins. Until then, and without an SMTP server, nothing is sent. */
  start(): void;
  /** Something was put into the outbox. */
  wake(): void;
  /** Something is to be tried now, even where the SMTP server could not be used a moment ago. */
  retryNow(): void;
  /** Done when nothing of it is under way any more. */
  stop(): Promise<void>;
  /** What is wrong with the SMTP server, as this process has found; undefined: nothing that it knows of. */
  failure(): string | undefined;
}

export interface DeliveryTimes {
  /** How often it looks into the outbox by itself. */
  readonly pollMs: number;
  /** How long it waits at most when it is told of a mail. */
  readonly wakeMs: number;
  /** How long a mail stays with a node that says nothing more of it. */
  readonly leaseMs: number;
  /** How long an attempt may take: less than the lease. */
  readonly attemptMs: number;
  /** How long an attempt that is under way may go on when the server stops. */
  readonly stopMs: number;
}

const defaultTimes: DeliveryTimes = {
  pollMs: 1_000,
  wakeMs: 200,
  leaseMs: 60_000,
  attemptMs: 45_000,
  stopMs: 4_000,
};

/** How many mails are on their way at once. */
const maxAtOnce = 16;

/** When a mail that the server puts off is tried again; then as the last. */
const backOffMs = [5_000, 30_000, 120_000, 300_000, 600_000] as const;

function backOff(attempts: number): number {
  const standard = backOffMs[Math.min(attempts, backOffMs.length) - 1] ?? backOffMs[0];
  return standard * (0.8 + 0.4 * Math.random());
}

/** What has less left of its time is not tried any more. */
const leastLeftMs = 2_000;

/** Where a limit on all mail is reached. */
const limitPauseMs = 2_000;

type DeliveryDeps = Pick<
  Deps,
  | 'database'
  | 'settings'
  | 'clock'
  | 'log'
  | 'metrics'
  | 'mailDelivery'
  | 'publicUrl'
  | 'secretKey'
  | 'secretKeyFallbacks'
> & { readonly limits: Limits; readonly mailTexts: MailTexts };

/** @param times tests shorten them */
export function createDelivery(deps: DeliveryDeps, times = defaultTimes): Delivery {
  const { mailDelivery, settings, clock, log, metrics } = deps;
  const { db } = deps.database;
  const secretKeys = [deps.secretKey, ...(deps.secretKeyFallbacks ?? [])];
  const breaker = createBreaker();
  const giveWay = createPace();
  const noteSent = createSentNotes(deps.database);
  const smtp = mailDelivery?.by === 'smtp' ? createSmtp(mailDelivery.server) : undefined;
  const underWay = new Map<Promise<void>, AbortController>();
  let pausedUntil = 0;
  let looking: Promise<void> | undefined;
  let mustLookAgain = false;
  let isStarted = false;
  let isStopped = false;
  let isFailing = false;
  let failure: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** Looks for mails to send, never twice at once. */
  function look(): void {
    if (!isStarted || isStopped || mailDelivery?.by !== 'smtp' || !smtp) return;
    mustLookAgain = true;
    looking ??= lookUntilEmpty({ ...mailDelivery, smtp }).finally(() => {
      looking = undefined;
      if (isStopped) return;
      clearTimeout(timer);
      timer = setTimeout(look, mustLookAgain ? 0 : times.pollMs).unref();
    });
  }

  async function lookUntilEmpty(by: SmtpDelivery): Promise<void> {
    try {
      await settings.sync();
      while (mustLookAgain && !isStopped && !settings.get('MAINTENANCE_MODE')) {
        mustLookAgain = false;
        const limit =
          performance.now() < pausedUntil ? 0 : breaker.allowed(maxAtOnce) - underWay.size;
        if (limit <= 0) break; // the next one that ends looks again
        const nowMs = clock.nowMs();
        if (!(await hasSendable(db, nowMs))) break;
        const rows = await claimMails(db, { limit, nowMs, leaseMs: times.leaseMs });
        for (const row of rows) {
          begin(row, by);
          await giveWay();
        }
        if (rows.length === limit) mustLookAgain = true;
      }
      isFailing = false;
    } catch (error) {
      // Once: a database may be away for long.
      log[isFailing ? 'debug' : 'warn'](
        { err: error },
        'could not look into the outbox; will try again',
      );
      isFailing = true;
    }
    mustLookAgain = false;
  }

  function begin(row: OutboxRow, by: SmtpDelivery): void {
    const abort = new AbortController();
    const sending: Promise<void> = deliver(row, by, abort.signal)
      .catch((error: unknown) => {
        // Its lease runs out, and it is tried again.
        log.warn({ err: error, mail: row.id }, 'could not write what became of a mail');
      })
      .finally(() => {
        underWay.delete(sending);
        if (underWay.size <= maxAtOnce / 2) look();
      });
    underWay.set(sending, abort);
  }

  async function deliver(row: OutboxRow, by: SmtpDelivery, stopped: AbortSignal): Promise<void> {
    const claim = { id: row.id, leasedUntilMs: row.leasedUntilMs };
    try {
      await deps.limits.count('MAILS_PER_MINUTE', 'all');
    } catch {
      pausedUntil = performance.now() + limitPauseMs;
      const dueAtMs = clock.nowMs() + limitPauseMs;
      return postponeMail(db, claim, { dueAtMs, lastReply: null, wasTried: false });
    }
    const attempt = await attemptTo(row, by, stopped);
    const nowMs = clock.nowMs();
    const lastReply = attempt.reply;
    if (!stopped.aborted) noteOutcome(row, attempt);
    if (attempt.outcome === 'sent') {
      const sent = { state: 'sent', lastReply, nowMs } as const;
      return noteSent(claim, sent, underWay.size);
    }
    if (attempt.outcome === 'refused' && attempt.isFinal) {
      const status = attempt.recipientStatus ?? '';
      return deps.database.transact(async (trx) => {
        await finishMail(trx, claim, { state: 'dead', lastReply, nowMs });
        if (isBadEmailStatus(status)) await noteRefusedEmail(trx, row, status, nowMs);
      });
    }
    const pauseMs = attempt.outcome === 'refused' ? backOff(row.attempts) : breaker.waitMs();
    return postponeMail(db, claim, {
      dueAtMs: Math.ceil(nowMs + pauseMs),
      lastReply,
      wasTried: true,
    });
  }

  async function attemptTo(
    row: OutboxRow,
    { smtp, from, bounceEmail }: SmtpDelivery,
    stopped: AbortSignal,
  ): Promise<Attempt> {
    try {
      const rendered = await readMail(row, {
        secretKeys,
        ...{ settings, publicUrl: deps.publicUrl },
        texts: deps.mailTexts,
      });
      const leftMs = row.expiresAtMs - clock.nowMs();
      if (leftMs < leastLeftMs) return { outcome: 'refused', isFinal: true, reply: notInTime };
      const limitMs = Math.min(times.attemptMs, leftMs);
      return await smtp.send(
        {
          ...rendered,
          from: { ...from, name: from.name || settings.get('SITE_NAME') },
          to: row.email,
          returnPath:
            bounceEmail === undefined ? from.email : returnPathOf(bounceEmail, deps.secretKey, row),
          messageId: row.messageId,
          date: new Date(row.createdAtMs),
        },
        AbortSignal.any([stopped, AbortSignal.timeout(limitMs)]),
      );
    } catch (error) {
      if (!(error instanceof UnreadableMail)) throw error;
      return { outcome: 'refused', isFinal: true, reply: error.message };
    }
  }

  /** Tells the log and the metrics; neither hears whom it is for, or what a server says of them. */
  function noteOutcome({ id, kind, attempts }: OutboxRow, attempt: Attempt): void {
    if (attempt.outcome === 'unreachable') {
      metrics.mails.inc({ outcome: 'unreachable' });
      failure = attempt.reply;
      if (breaker.fail()) {
        log.warn(
          { reply: attempt.reply },
          'mail cannot be sent now, and waits: the SMTP server cannot be used',
        );
      }
      return;
    }
    failure = undefined;
    if (breaker.succeed()) log.info('the SMTP server can be used again');
    if (attempt.outcome === 'sent') {
      metrics.mails.inc({ outcome: 'sent' });
      return;
    }
    metrics.mails.inc({ outcome: attempt.isFinal ? 'refused' : 'postponed' });
    const status = /^\d{3}/.exec(attempt.reply)?.[0];
    const message = attempt.isFinal
      ? 'a mail was refused for good'
      : 'a mail was put off by the SMTP server';
    log[attempt.isFinal ? 'warn' : 'info']({ mail: id, kind, attempts, status }, message);
  }

  return {
    failure: () => failure,
    start() {
      isStarted = true;
      look();
    },
    wake() {
      // Not at once: else how long the next request takes tells whether there was a mail to send.
      setTimeout(look, Math.random() * times.wakeMs).unref();
    },
    retryNow() {
      breaker.reset();
      look();
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
      const cutOff = setTimeout(() => {
        for (const abort of underWay.values()) abort.abort();
      }, times.stopMs);
      await Promise.all(underWay.keys());
      clearTimeout(cutOff);
      smtp?.close();
    },
  };
}

type SmtpDelivery = MailDelivery & { readonly by: 'smtp' } & { readonly smtp: Smtp };
