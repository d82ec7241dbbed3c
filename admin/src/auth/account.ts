import * as session from '../api/session.ts';
import { forgetMe, loadMe } from './permissions.ts';

/** Signing in and out, and what is known of how the last session ended. */

let lastCause: string | undefined;
const endListeners = new Set<() => void>();

session.onSessionEnd((cause) => {
  lastCause = cause;
  end();
});

function end(): void {
  forgetMe();
  for (const listener of endListeners) listener();
}

/** Runs when nobody is signed in any more, to forget what was shown. */
export function onSignedOut(listener: () => void): void {
  endListeners.add(listener);
}

/** Why the last session of this page ended, for the sign-in page to say. */
export const lastEnd = () => lastCause;

export async function signIn(email: string, password: string): Promise<void> {
  await session.signIn(email, password);
  await loadMe();
  lastCause = undefined;
}

/** Takes up the session of the browser, if there is one. */
export async function resume(): Promise<void> {
  if (await session.resume()) await loadMe();
}

/** @throws Problem where the server could not be told; here the session is over all the same */
export async function signOut(): Promise<void> {
  lastCause = undefined;
  try {
    await session.signOut();
  } finally {
    end();
  }
}
