import { useSyncExternalStore } from 'react';
import { Problem } from '../api/problem.ts';
import { withdrawQuestion } from '../api/reauthentication.ts';
import * as session from '../api/session.ts';
import { hideForms } from '../parts/unsaved.ts';
import { currentMe, loadMe, setMe } from './permissions.ts';

/** Signing in and out, and what is known of how the last session ended. */

export type Account =
  /** It is being found out whether somebody is signed in. */
  | { readonly state: 'starting' }
  /** Only the server knows, and it did not say. */
  | { readonly state: 'unknown'; readonly error: unknown }
  | { readonly state: 'signed-in' }
  /** @param cause why the last session of this page ended, for the sign-in page to say */
  | { readonly state: 'signed-out'; readonly cause?: string };

let account: Account = { state: 'starting' };
let loading: Promise<void> | undefined;
const listeners = new Set<() => void>();
const forgetters = new Set<() => void>();

function set(next: Account): void {
  account = next;
  hideForms(next.state !== 'signed-in' && currentMe() !== undefined);
  for (const listener of listeners) listener();
}

export const useAccount = (): Account =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => account,
  );

/** Runs when what was shown has to be forgotten. */
export function onForget(forget: () => void): void {
  forgetters.add(forget);
}

/** Those whose pages do not wait for them behind the sign-in. */
const finalCauses: readonly string[] = ['logged_out', 'user_deactivated', 'user_inactive'];

session.listen({
  onStart: () => void load(), // in this tab, or in another one, which this one follows
  onEnd(cause) {
    withdrawQuestion();
    if (finalCauses.includes(cause)) forget();
    set(cause === 'replaced' ? { state: 'starting' } : { state: 'signed-out', cause });
  },
});

function forget(): void {
  setMe(undefined);
  for (const each of forgetters) each();
}

/** Learns who is signed in and what they may do; once, however many ask. */
function load(): Promise<void> {
  loading ??= loadOnce().finally(() => {
    loading = undefined;
  });
  return loading;
}

async function loadOnce(): Promise<void> {
  try {
    const me = await loadMe();
    const userId = session.userId();
    if (userId === undefined) return;
    if (userId !== me.id) return await loadOnce(); // somebody else has signed in meanwhile
    const last = currentMe();
    if (last && last.id !== me.id) forget();
    setMe(me);
    set({ state: 'signed-in' });
  } catch (error) {
    if (session.userId() !== undefined) set({ state: 'unknown', error });
  }
}

/** Takes up the session of the browser, if there is one. */
export async function resume(): Promise<void> {
  try {
    if (await session.resume()) await load();
    else if (account.state !== 'signed-in') set({ state: 'signed-out' });
  } catch (error) {
    set({ state: 'unknown', error });
  }
}

/** @throws Problem `second_factor_required` if the password is not enough, among others */
export async function signIn(email: string, password: string): Promise<void> {
  await session.signIn(email, password);
  await load();
}

/** @throws Problem */
export async function finishSignIn(secondFactor: session.SecondFactor): Promise<void> {
  await session.finishSignIn(secondFactor);
  await load();
}

/** @throws Problem */
export async function signInWithPasskey(): Promise<void> {
  await session.signInWithPasskey();
  await load();
}

/** @throws Problem; the reason of the signal */
export async function offerPasskeys(signal: AbortSignal): Promise<void> {
  if (await session.offerPasskeys(signal)) await load();
}

/** @throws Problem if the server could not be told; the session is over here nevertheless */
export async function signOut(): Promise<void> {
  if (!(await session.signOut())) throw Problem.notSignedOut();
}
