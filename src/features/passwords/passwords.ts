import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { AppError } from '../../errors.ts';
import type { TextField } from '../../lib/fields.ts';
import { maxLength, noLoneSurrogate, noNul } from '../../lib/fields.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { isSource } from '../../lib/own-package.ts';
import type { HashTask, Verification } from './hash-worker.ts';
import type { HashParameters } from './password-hashes.ts';

export const passwordMaxLength = 128;

export const passwordField: TextField = {
  checks: [maxLength(passwordMaxLength), noNul, noLoneSurrogate],
};

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. */
const parameters: HashParameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** How many hashes may wait for each thread: about two seconds of work. */
const maxWaitingPerThread = 128;

export interface Passwords {
  /**
   * Hashes a password with Argon2id, off the event loop.
   *
   * @returns a PHC string
   * @throws AppError `overloaded` where too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Whether a password is the one of a hash, of ours or of another system. Null (no such user, or
   * one without a password) is never right and takes as long as a hash of ours. A right password
   * comes with a new hash to store where the old one is foreign or of other parameters.
   *
   * @throws AppError `overloaded` where too many wait
   */
  verify(hash: string | null, password: string): Promise<Verification>;
  close(): Promise<void>;
}

/** Starts the threads that hash: one for each core, at a lower priority than the event loop. */
export function createPasswords(
  { metrics }: { metrics: Metrics },
  threads = availableParallelism(),
): Passwords {
  const pool = new Piscina<HashTask, string | Verification>({
    filename: new URL(isSource ? './hash-worker.ts' : './hash-worker.js', import.meta.url).href,
    minThreads: 0, // a thread that waits for the next sign-in would hold 25 MB
    maxThreads: threads,
    idleTimeout: 60_000,
    maxQueue: threads * maxWaitingPerThread,
  });
  const decoy = decoyHash();

  async function run(task: HashTask): Promise<string | Verification> {
    const done = metrics.hashSeconds.startTimer();
    try {
      const result = pool.run(task);
      metrics.hashQueueDepth.set(pool.queueSize);
      return await result;
    } catch (error) {
      if (pool.queueSize < threads * maxWaitingPerThread) throw error;
      throw new AppError('overloaded', { cause: error, headers: { 'retry-after': '2' } });
    } finally {
      metrics.hashQueueDepth.set(pool.queueSize);
      done();
    }
  }

  return {
    async hash(password) {
      return (await run({ kind: 'hash', password, parameters })) as string;
    },
    async verify(hash, password) {
      const task = { kind: 'verify', password, hash: hash ?? decoy, parameters } as const;
      return (await run(task)) as Verification;
    },
    async close() {
      await pool.close({ force: true }); // nobody waits any more for what has not begun
    },
  };
}

/** A hash that no password has (its digest is random), and that costs as much to check as a real one. */
function decoyHash(): string {
  const { memoryCost, timeCost, parallelism } = parameters;
  const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  const costs = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
  return `$argon2id$v=19$${costs}$${encode(randomBytes(16))}$${encode(randomBytes(32))}`;
}
