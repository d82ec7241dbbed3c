import { availableParallelism } from 'node:os';
import type { Logger } from 'pino';
import { existingSecret, plainText } from '../../../contract/text-fields.ts';
import type { Metrics } from '../../../http/metrics.ts';
import { createSaying } from '../../../lib/sayings.ts';
import type { Settings } from '../../../settings/settings.ts';
import { hashProblem } from './hash-forms.ts';
import { createHashPool, type HashPool } from './hash-pool.ts';
import type { HashSource } from './hash-source.ts';
import type { HashTask, Verification } from './hash-worker.ts';
import { decoyHash, type HashParameters } from './password-hashes.ts';

export const passwordMaxLength = 128;

/** A password that exists already. Its hash may come from another system, which had rules of its own. */
export const currentPasswordField = existingSecret({ examples: ['correct horse battery'] });

/** A new password, by the rules of the contract. `password-policy.ts` has more rules. */
export const passwordField = plainText({
  maxLength: passwordMaxLength,
  examples: ['correct horse battery'],
});

export interface Passwords {
  /** How many may wait for a thread. */
  readonly maxWaiting: number;
  /**
   * Hashes a password with Argon2id, off the event loop.
   *
   * @returns a PHC string
   * @throws AppError `overloaded` if too many wait
   */
  hash(password: string, source: HashSource): Promise<string>;
  /**
   * Whether a password is the one of a hash, ours or another system's. Null (no such user, or one without a password)
   * is never right and takes as long as a hash that is made now. So does a hash that cannot be checked, which is
   * reported to the operator.
   *
   * With `renews` a right password comes with a new hash to store if the old one is foreign or has other parameters.
   * That takes the time of one more hash, and so tells that the password is right: ask for it only where that may be
   * told.
   *
   * @throws AppError `overloaded` if too many wait
   */
  verify(
    hash: string | null,
    password: string,
    source: HashSource,
    options?: { readonly renews: boolean },
  ): Promise<Verification>;
  close(): Promise<void>;
}

const logEveryMs = 60_000;

interface Deps {
  readonly settings: Settings;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly worker?: { readonly of: number } | undefined;
  /** Threads that exist already, and stay; absent: it starts its own. */
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
  const { settings, metrics, log } = deps;
  const tell = createSaying(logEveryMs);
  const run = (task: HashTask, source: HashSource) => pool.run(task, source, metrics);

  function parameters(): HashParameters {
    return {
      memoryCost: settings.get('PASSWORD_HASH_MEMORY'),
      timeCost: settings.get('PASSWORD_HASH_PASSES'),
      parallelism: settings.get('PASSWORD_HASH_LANES'),
    };
  }

  /** Without the hash or its owner: the audit log says which user's sign-in was refused for it. */
  function noteProblem(problem: string): void {
    metrics.unusableHashes.inc();
    tell(() => log.warn({ problem }, 'a stored password hash cannot be checked'));
  }

  return {
    maxWaiting: pool.maxWaiting,
    async hash(password, source) {
      return (await run({ kind: 'hash', password, parameters: parameters() }, source)) as string;
    },
    async verify(stored, password, source, { renews } = { renews: false }) {
      const now = parameters();
      const check = async (hash: string, renewWith?: HashParameters) =>
        (await run({ kind: 'verify', password, hash, renewWith }, source)) as Verification;
      if (stored === null) return check(decoyHash(now));
      const problem = hashProblem(stored);
      if (problem === undefined) {
        const found = await check(stored, renews ? now : undefined);
        if (found.isUsable) return found;
      }
      noteProblem(problem ?? 'Its check failed.');
      return { ...(await check(decoyHash(now))), isUsable: false };
    },
    async close() {
      if (!deps.hashPool) await pool.close();
    },
  };
}
