import { setPriority } from 'node:os';
import {
  type HashParameters,
  hashPassword,
  isCurrentHash,
  readsWhole,
  verifyPassword,
} from './password-hashes.ts';

/** Runs in a separate thread; see passwords.ts. */

export type HashTask =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: HashParameters }
  | {
      readonly kind: 'verify';
      readonly password: string;
      readonly hash: string;
      /**
       * The parameters of a new hash for a right password, if its hash is foreign or out of date and depends on all
       * of it; undefined: no new hash.
       */
      readonly renewWith: HashParameters | undefined;
    };

export interface Verification {
  readonly isRight: boolean;
  /** Whether the hash could be checked; where not, no password is right. */
  readonly isUsable: boolean;
  /** The hash to store instead of the one that was checked; undefined if that one stays. */
  readonly newHash: string | undefined;
}

// The priority is an argument. Where a thread cannot have one of its own, hashing is only less polite.
try {
  const priority = Number(process.argv[2]);
  if (priority > 0) setPriority(0, priority);
} catch {}

export default function run(task: HashTask): string | Verification {
  const { password } = task;
  if (task.kind === 'hash') return hashPassword(password, task.parameters);
  const { hash, renewWith } = task;
  const isRight = verifyPassword(hash, password);
  const isDue =
    isRight && renewWith && !isCurrentHash(hash, renewWith) && readsWhole(hash, password);
  const newHash = isDue ? hashPassword(password, renewWith) : undefined;
  return { isRight: isRight === true, isUsable: isRight !== undefined, newHash };
}
