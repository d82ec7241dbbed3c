import { type Freshness, freshnessOf, lifetimeMs, readClaims } from './access-token.ts';
import type { Environment } from './environment.ts';
import type { Session } from './session.ts';

/** An access token that this tab holds. */
export interface HeldToken {
  readonly token: string;
  readonly session: Session;
  readonly lifetimeMs: number | undefined;
  /** When it came, on both clocks of this device. */
  readonly sinceMs: { readonly wall: number; readonly monotonic: number };
}

type Clocks = Pick<Environment, 'wallMs' | 'monotonicMs'>;

/** @returns undefined if it cannot be read */
export function hold(token: string, receivedAtMs: number, clocks: Clocks): HeldToken | undefined {
  const claims = readClaims(token);
  if (!claims) return undefined;
  const ageMs = Math.max(clocks.wallMs() - receivedAtMs, 0);
  return {
    token,
    session: { userId: claims.user_id, claims },
    lifetimeMs: lifetimeMs(claims),
    sinceMs: { wall: receivedAtMs, monotonic: clocks.monotonicMs() - ageMs },
  };
}

/**
 * By the older of what two clocks say: one stands still while a laptop sleeps, the other one may be set.
 * A clock that was set back says nothing, and then the token counts as old.
 */
export function freshness(held: HeldToken, clocks: Clocks): Freshness {
  const { wall, monotonic } = held.sinceMs;
  const wallAgeMs = clocks.wallMs() - wall;
  if (wallAgeMs < -1_000) return 'due';
  return freshnessOf(held.lifetimeMs, Math.max(wallAgeMs, clocks.monotonicMs() - monotonic));
}

/** Whether both belong to one session; tokens of the previous system name only the user. */
export function isSameSession(one: HeldToken, other: HeldToken): boolean {
  return idOf(one) === idOf(other);
}

function idOf({ session: { userId, claims } }: HeldToken): string {
  return claims.sid ?? `of ${userId}`;
}
