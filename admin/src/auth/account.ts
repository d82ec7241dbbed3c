import { Problem } from '../api/problem.ts';
import * as session from '../api/session.ts';
import { forgetMe, loadMe } from './permissions.ts';

/** Signing in and out, and what is known of how the last session ended. */

let lastCause: string | undefined;
let loading: Promise<unknown> | undefined;
const endListeners = new Set<() => void>();

session.listen({
  onStart() {
    // In another tab: this one follows.
    load().catch(() => undefined);
  },
  onEnd(cause) {
    lastCause = cause;
    forgetMe();
    for (const listener of endListeners) listener();
  },
});

/** Learns who is signed in and what they may do; once, however many ask. */
function load(): Promise<unknown> {
  loading ??= loadMe().finally(() => {
    loading = undefined;
  });
  return loading;
}

/** Runs when nobody is signed in any more, to forget what was shown. */
export function onSignedOut(listener: () => void): void {
  endListeners.add(listener);
}

/** Why the last session of this page ended, for the sign-in page to say. */
export const lastEnd = () => lastCause;

/** @throws Problem */
export async function signIn(email: string, password: string): Promise<void> {
  await session.signIn(email, password);
  await load();
}

/**
 * Takes up the session of the browser, if there is one.
 *
 * @throws Problem where the server does not answer
 */
export async function resume(): Promise<void> {
  if (await session.resume()) await load();
}

/** @throws Problem where the server could not be told; here the session is over all the same */
export async function signOut(): Promise<void> {
  if (!(await session.signOut())) throw Problem.unreachable();
}
