import { pino } from 'pino';
import type { Database } from '../src/db/database.ts';
import { sealingWork } from '../src/features/platform/audit/audit-work.ts';
import { findSealedEvents } from '../src/features/platform/audit/chain.queries.ts';
import { createSealKeys } from '../src/features/platform/audit/chain.ts';
import { record } from '../src/features/platform/audit/index.ts';
import { pruneEvents } from '../src/features/platform/audit/prune-events.ts';
import { adoptChain, sealEvents } from '../src/features/platform/audit/seal-events.ts';
import { type VerifyOptions, verifyChain } from '../src/features/platform/audit/verify-chain.ts';
import { createTestDatabase } from './database.ts';

/** An audit log on a separate database, where nothing happens automatically. */

export const dayMs = 86_400_000;

export interface Log extends AsyncDisposable {
  readonly database: Database;
  /** Another process on the same database. */
  open(): Database;
  nowMs: number;
  /** Records events and does not seal them. */
  add(count: number): Promise<void>;
  seal(...secrets: string[]): Promise<number>;
  adopt(...secrets: string[]): Promise<void>;
  /** Starts a server's work, of which it runs no step by itself. */
  startSealing(...secrets: string[]): ReturnType<typeof sealingWork>;
  prune(beforeMs: number): Promise<boolean>;
  /** What is wrong, as people read it; nothing where all is well. */
  problems(options?: VerifyOptions, ...secrets: string[]): Promise<string[]>;
  verify(options?: VerifyOptions, ...secrets: string[]): ReturnType<typeof verifyChain>;
}

export async function openLog(): Promise<Log> {
  const stored = await createTestDatabase();
  const database = stored.open();
  const others: Database[] = [];
  const log = {
    database,
    nowMs: 1_000 * dayMs,
    open() {
      const other = stored.open();
      others.push(other);
      return other;
    },
    add: (count: number) =>
      database.transact((trx) => {
        const actor = { kind: 'cli', name: 'ada' } as const;
        const event = { kind: 'user.activated', actor, atMs: log.nowMs } as const;
        return record(
          trx,
          ...Array.from({ length: count }, (_, n) => ({ ...event, userId: n + 1 })),
        );
      }),
    seal: (...secrets: string[]) => sealEvents(depsOf(...secrets)),
    adopt: (...secrets: string[]) => adoptChain(depsOf(...secrets)),
    startSealing: (...secrets: string[]) => sealingWork(depsOf(...secrets)),
    prune: (beforeMs: number) => pruneEvents(depsOf(), beforeMs),
    verify: (options?: VerifyOptions, ...secrets: string[]) =>
      verifyChain(depsOf(...secrets), options),
    async problems(options?: VerifyOptions, ...secrets: string[]) {
      const { problems, uncertain, isEndKnown } = await verifyChain(depsOf(...secrets), options);
      return [
        ...problems.map(({ text }) => text),
        ...(uncertain > 0 ? [`${uncertain} uncertain`] : []),
        ...(isEndKnown ? [] : ['end not known']),
      ];
    },
    async [Symbol.asyncDispose]() {
      for (const other of others) await other.close();
      await database.close();
      await stored[Symbol.asyncDispose]();
    },
  };
  function depsOf(...secrets: string[]) {
    const sealKeys = createSealKeys(secrets.length > 0 ? secrets : ['a secret']);
    return {
      database,
      sealKeys,
      clock: { nowMs: () => log.nowMs },
      log: pino({ level: 'silent' }),
    };
  }
  return log;
}

/** A log whose chain has `audit.started` at place 1 and so many events after it. */
export async function sealedLog(count: number): Promise<Log> {
  const log = await openLog();
  await log.adopt();
  await log.add(count);
  while ((await log.seal()) > 0);
  return log;
}

/** The event at a place in the chain. */
export const at = (log: Log, sequence: number) =>
  findSealedEvents(log.database.db, sequence, sequence, 1).then(([row]) => {
    if (!row) throw new Error(`Place ${sequence} is empty.`);
    return row;
  });
