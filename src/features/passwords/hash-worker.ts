import { setPriority } from 'node:os';
import { type Algorithm, hashSync, verifySync } from '@node-rs/argon2';

/** Runs in a thread of its own; see passwords.ts. */

/** RFC 9106 4: memory in KiB, passes, lanes. */
export interface HashParameters {
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
}

export type HashTask =
  | { readonly kind: 'hash'; readonly password: string; readonly parameters: HashParameters }
  | { readonly kind: 'verify'; readonly password: string; readonly hash: string };

/** The package's enum is ambient, which type stripping cannot follow. */
const argon2id: Algorithm.Argon2id = 2;

// On Linux a priority belongs to a thread: hashing gives way to the event loop, so that a storm of
// sign-ins does not slow everybody else. Where that cannot be, hashing is only less polite.
try {
  setPriority(0, 10);
} catch {}

export default function run(task: HashTask): string | boolean {
  if (task.kind === 'verify') return verifySync(task.hash, task.password);
  return hashSync(task.password, { ...task.parameters, algorithm: argon2id });
}
