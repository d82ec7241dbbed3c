import { Problem } from './problem.ts';

/** Between a request that needs the user to prove again who they are, and the dialog that asks for it. */

/** What the user may prove it with: a password, where they have no second factor; else a code or a passkey. */
export type OwnProof = { password: string } | { code: string } | { credential: object };

export interface StepUp {
  /** Whether it needs a second factor; a password alone is not enough then. */
  readonly needsFactor: boolean;
  /** Sends a proof to the server. @throws Problem if it is not right */
  check(proof: OwnProof): Promise<unknown>;
}

interface Question extends StepUp {
  /** The proof was right. */
  confirm(): void;
  giveUp(): void;
}

let question: Question | undefined;
let asking: Promise<void> | undefined;
const listeners = new Set<() => void>();

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export const currentQuestion = (): Question | undefined => question;

/**
 * Asks the user who they are; once, however many requests wait for it.
 *
 * @throws Problem `cancelled` if the user does not prove it
 */
export function confirmIdentity(stepUp: StepUp): Promise<void> {
  asking ??= new Promise<void>((resolve, reject) => {
    set({
      ...stepUp,
      confirm: resolve,
      giveUp: () => reject(Problem.cancelled()),
    });
  }).finally(() => {
    asking = undefined;
    set(undefined);
  });
  return asking;
}

/** Takes the question back: the session is over, so nothing can be confirmed. */
export function withdrawQuestion(): void {
  question?.giveUp();
}

function set(next: Question | undefined): void {
  question = next;
  for (const listener of listeners) listener();
}
