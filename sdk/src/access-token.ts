/** What an access token says. It is read, not verified: that is the server's to do. */
export interface AccessClaims {
  readonly user_id: number;
  /** When it ends, in seconds since 1970, on the server's clock. */
  readonly exp: number;
  readonly iat?: number;
  /** The session. */
  readonly sid?: string;
  readonly [claim: string]: unknown;
}

/** @returns undefined if it cannot be read */
export function readClaims(token: string): AccessClaims | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(payload), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims?.user_id === 'number' ? claims : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How long a token is good from when it was made. The clocks here and at the server may differ, so that its two times
 * are only good to tell how far they are apart.
 *
 * @returns undefined if it does not say
 */
export function lifetimeMs({ iat, exp }: AccessClaims): number | undefined {
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  return (exp - iat - 1) * 1_000; // both are cut to whole seconds
}

/**
 * - `fresh`: use it;
 * - `soon`: use it, and get the next one meanwhile;
 * - `due`: get the next one first, and use it if there is none to be had;
 * - `over`: get the next one.
 */
export type Freshness = 'fresh' | 'soon' | 'due' | 'over';

const latestDueMs = 5_000;

export function freshnessOf(lifetime: number | undefined, ageMs: number): Freshness {
  if (lifetime === undefined) return 'fresh'; // until the server says otherwise
  const leftMs = lifetime - ageMs;
  if (leftMs <= 0) return 'over';
  if (leftMs <= Math.min(lifetime / 10, latestDueMs)) return 'due';
  return leftMs <= lifetime / 4 ? 'soon' : 'fresh';
}
