import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import type { TextField } from '../../lib/fields.ts';
import { maxLength, noLoneSurrogate, noNul } from '../../lib/fields.ts';
import type { Metrics } from '../../lib/metrics.ts';
import type { Settings } from '../../settings/settings.ts';
import { createHashPool, type HashPool } from './hash-pool.ts';
import type { HashTask, Verification } from './hash-worker.ts';
import { decoyHash, type HashParameters } from './password-hashes.ts';

export const passwordMaxLength = 128;

/** What every password must be, an old one too. For new ones there is more: `password-policy.ts`. */
export const passwordField: TextField = {
  checks: [maxLength(passwordMaxLength), noNul, noLoneSurrogate],
};

export interface Passwords {
  /** How many may wait for a thread. */
  readonly maxWaiting: number;
  /**
   * Hashes a password with Argon2id, off the event loop.
   *
   * @returns a PHC string
   * @throws AppError `overloaded` where too many wait
   */
  hash(password: string): Promise<string>;
  /**
   * Whether a password is the one of a hash, of ours or of another system. Null (no such user, or
   * one without a password) is never right and takes as long as a hash that is made now.
   *
   * With `renews` a right password comes with a new hash to store where the old one is foreign or of
   * other parameters. That takes the time of one more hash, and so tells that the password is right: ask
   * for it only where that may be told.
   *
   * @throws AppError `overloaded` where too many wait
   */
  verify(
    hash: string | null,
    password: string,
    options?: { readonly renews: boolean },
  ): Promise<Verification>;
  close(): Promise<void>;
}

interface Deps {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly worker?: { readonly of: number } | undefined;
  /** Threads that are there already, and stay; absent: threads of its own. */
  readonly hashPool?: HashPool | undefined;
}

/**
 * Starts the threads that hash: one for each core, shared with the other workers, at a lower priority
 * than the event loop.
 */
export function createPasswords(
  deps: Deps,
  threads = Math.ceil(availableParallelism() / (deps.worker?.of ?? 1)),
): Passwords {
  const pool = deps.hashPool ?? createHashPool(deps, threads);
  const { settings, metrics } = deps;
  const run = (task: HashTask) => pool.run(task, metrics);

  function parameters(): HashParameters {
    return {
      memoryCost: settings.get('PASSWORD_HASH_MEMORY'),
      timeCost: settings.get('PASSWORD_HASH_PASSES'),
      parallelism: settings.get('PASSWORD_HASH_LANES'),
    };
  }

  return {
    maxWaiting: pool.maxWaiting,
    async hash(password) {
      return (await run({ kind: 'hash', password, parameters: parameters() })) as string;
    },
    async verify(stored, password, { renews } = { renews: false }) {
      const now = parameters();
      const hash = stored ?? decoyHash(now);
      const renewWith = renews ? now : undefined;
      return (await run({ kind: 'verify', password, hash, renewWith })) as Verification;
    },
    async close() {
      if (!deps.hashPool) await pool.close();
    },
  };
}
