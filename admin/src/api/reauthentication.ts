import { Problem } from './problem.ts';

/** Between a request that needs the password again, and the dialog that asks for it. */

export type CheckPassword = (password: string) => Promise<unknown>;

interface Question {
  readonly check: CheckPassword;
  /** The password was right. */
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
 * Asks the user for the password; once, however many requests wait for it.
 *
 * @throws Problem `cancelled` if the user does not give it
 */
export function confirmPassword(check: CheckPassword): Promise<void> {
  asking ??= new Promise<void>((resolve, reject) => {
    set({
      check,
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
