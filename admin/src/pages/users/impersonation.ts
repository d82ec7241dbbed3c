import { useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { Problem } from '../../api/problem.ts';
import { askPublicly, askWithToken } from '../../api/public.ts';
import { request } from '../../api/request.ts';
import { claimsOf, newKey } from '../../api/token.ts';
import type { Session, TokenPair, User } from '../../api/types.ts';
import { useMay, useMe } from '../../auth/permissions.ts';

/**
 * The one session as somebody else. Its tokens are in memory alone and go with the page; that it goes on, the next page
 * learns from the server.
 */

/** One that goes on, without its tokens: all that is known of it after a reload. */
export interface FoundImpersonation {
  readonly id: number;
  readonly user: Pick<User, 'email'>;
  readonly endsAtMs: number;
}

export interface Impersonation extends TokenPair {
  readonly user: User;
  /** When it is over, on the clock of this device. */
  readonly endsAtMs: number;
  readonly accessEndsAtMs: number;
  /** The same for each try of the next refresh: after a lost answer it gets the same tokens again. */
  readonly refreshKey: string;
  /** The application has the refresh token now. Two holders of one would look like a theft. */
  readonly isHandedOver: boolean;
}

let current: Impersonation | undefined;
const listeners = new Set<() => void>();

function set(next: Impersonation | undefined): void {
  current = next;
  for (const listener of listeners) listener();
}

/** What this page has begun, or else what the server knows to go on; the latter needs `sessions.view`. */
export function useImpersonation(): Impersonation | FoundImpersonation | undefined {
  const may = useMay();
  const id = useMe()?.id;
  const begun = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
  const { data } = useQuery({
    queryKey: [...foundKey, id],
    queryFn: ({ signal }) => find(id, signal),
    enabled: begun === undefined && id !== undefined && may('sessions.view'),
  });
  return begun ?? data ?? undefined;
}

export const foundKey = ['impersonations'];

/** The newest of an administrator. */
async function find(id: number | undefined, signal: AbortSignal) {
  const query = { impersonator_id: id, limit: 1 };
  const path = '/api/admin/sessions/';
  const { items } = await request<{ items: Session[] }>('GET', path, { query, signal });
  return items.map(fromSession)[0] ?? null;
}

function fromSession({ id, email, expires_at }: Session): FoundImpersonation {
  return { id, user: { email }, endsAtMs: Date.parse(expires_at) };
}

function lifetimeMs({ access_token }: TokenPair): number {
  const { exp, iat } = claimsOf(access_token);
  return (exp - iat) * 1000;
}

interface OwnSession {
  readonly is_current: boolean;
  readonly expires_at: string;
}

/** @throws Problem */
export async function startImpersonation(user: User, reason: string): Promise<void> {
  const path = `/api/admin/users/${user.id}/impersonation/`;
  const pair = await request<TokenPair>('POST', path, { json: { reason } });
  await endImpersonation().catch(() => undefined); // of the user before
  // If its end cannot be looked up, the banner is shown nevertheless, to end it.
  const { sessions } = await askWithToken<{ sessions: OwnSession[] }>(
    '/api/sessions/',
    pair.access_token,
  ).catch(() => ({ sessions: [] }));
  const own = sessions.find(({ is_current }) => is_current);
  const accessEndsAtMs = Date.now() + lifetimeMs(pair);
  const endsAtMs = own ? Date.parse(own.expires_at) : accessEndsAtMs;
  set({ ...pair, user, endsAtMs, accessEndsAtMs, refreshKey: newKey(), isHandedOver: false });
}

/** How long a token that is copied has to be good at least. */
const leastMs = 10_000;
let refreshing: Promise<void> | undefined;

/**
 * An access token to use in the application; a new one where the last is about to end.
 *
 * @throws Problem
 */
export async function impersonationToken(): Promise<string> {
  if (!current) throw Problem.cancelled();
  const leftMs = current.accessEndsAtMs - Date.now();
  if (leftMs < Math.min(leastMs, lifetimeMs(current) / 2)) {
    // Once, however often one clicks: two refreshes with one token would look like a theft.
    refreshing ??= refresh(current).finally(() => {
      refreshing = undefined;
    });
    await refreshing;
  }
  if (!current) throw Problem.cancelled();
  return current.access_token;
}

async function refresh(last: Impersonation): Promise<void> {
  const json = { refresh_token: last.refresh_token };
  const headers = { 'idempotency-key': last.refreshKey };
  const pair = await askPublicly<TokenPair>('/api/refresh/', json, headers);
  if (current?.refresh_token !== last.refresh_token) return; // ended meanwhile, or another one
  const accessEndsAtMs = Date.now() + lifetimeMs(pair);
  set({ ...current, ...pair, accessEndsAtMs, refreshKey: newKey() });
}

/** Both tokens, for the application to go on with by itself. */
export async function handOver(): Promise<string> {
  await impersonationToken();
  if (!current) throw Problem.cancelled();
  set({ ...current, isHandedOver: true });
  const { access_token, refresh_token } = current;
  return JSON.stringify({ access_token, refresh_token });
}

/**
 * Logs the session out. Until the server has done so it is the current one, so that one can try again.
 *
 * @throws Problem
 */
export async function endImpersonation(): Promise<void> {
  const last = current;
  if (last && last.endsAtMs > Date.now()) await endAtServer(last);
  if (current?.user === last?.user) set(undefined); // its tokens may be others by now
}

/**
 * Ends one whose tokens are gone.
 *
 * @throws Problem
 */
export async function endFound({ id, endsAtMs }: FoundImpersonation): Promise<void> {
  if (endsAtMs > Date.now()) await endAsAdministrator(id);
}

/**
 * As its own user would; as an administrator, where the application has gone on with its tokens.
 *
 * @throws Problem
 */
async function endAtServer(ended: Impersonation): Promise<void> {
  if (!ended.isHandedOver) {
    const isOver = await askPublicly('/api/logout/', { refresh_token: ended.refresh_token }).then(
      () => true,
      isOverBefore,
    );
    if (isOver) return;
  }
  await endAsAdministrator(claimsOf(ended.access_token).sid);
}

async function endAsAdministrator(id: number | string | undefined): Promise<void> {
  await request('DELETE', `/api/admin/sessions/${id}/`).catch((error) => {
    if (!(error instanceof Problem && error.status === 404)) throw error;
  });
}

/** Of a session that is over the server says why; else the token may be an older one of a session that lives. */
function isOverBefore(error: unknown): boolean {
  if (!(error instanceof Problem && error.status === 400)) throw error;
  return error.code !== 'invalid_refresh_token';
}
