import { useSyncExternalStore } from 'react';
import { Problem } from '../../api/problem.ts';
import { claimsOf } from '../../api/token.ts';
import type { TokenPair, User } from '../../api/types.ts';

/** The one session as somebody else, in memory alone: with the page goes the knowledge of it. */

export interface Impersonation extends TokenPair {
  readonly user: User;
  readonly endsAtMs: number;
}

let current: Impersonation | undefined;
const listeners = new Set<() => void>();

function set(next: Impersonation | undefined): void {
  current = next;
  for (const listener of listeners) listener();
}

export function useImpersonation(): Impersonation | undefined {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}

export function startImpersonation(user: User, pair: TokenPair): void {
  const { exp, iat } = claimsOf(pair.access_token);
  if (current) void endImpersonation().catch(() => undefined);
  set({ ...pair, user, endsAtMs: Date.now() + (exp - iat) * 1000 });
}

/** Logs the session out, as its own user would. */
export async function endImpersonation(): Promise<void> {
  const ended = current;
  set(undefined);
  if (!ended) return;
  const response = await fetch('/api/logout/', {
    method: 'POST',
    credentials: 'omit',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: ended.refresh_token }),
  }).catch(() => {
    throw Problem.unreachable();
  });
  const isOver = response.ok || response.status === 400; // ended already
  if (!isOver) throw await Problem.of(response);
}
