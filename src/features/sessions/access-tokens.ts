import { createSigner, createVerifier } from 'fast-jwt';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../lib/clock.ts';

/** What an access token says (RFC 7519 4.1). Times are seconds since 1970. */
export interface AccessClaims {
  readonly user_id: number;
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
  /** The session; absent in tokens of the system before us, which are good until they expire. */
  readonly sid?: string;
  readonly jti?: string;
}

export interface AccessTokens {
  sign(claims: AccessClaims): string;
  /** The claims of a good token; undefined for any other. */
  verify(token: string): AccessClaims | undefined;
}

/** How many verified tokens are remembered: about 10 MB. A forgotten one is verified again. */
const maxVerified = 20_000;
const maxTokenLength = 4_096;

/**
 * Signs and verifies access tokens with HS256 and nothing else (RFC 8725 3.1).
 *
 * A verified token is remembered, because its signature does not change. Its expiry is looked at
 * each time, and whether its user and session still live is asked elsewhere, each time.
 */
export function createAccessTokens(secretKey: string, clock: Clock): AccessTokens {
  const signer = createSigner({ key: secretKey, algorithm: 'HS256' });
  const verifier = createVerifier({
    key: secretKey,
    algorithms: ['HS256'],
    ignoreExpiration: true, // both are looked at below, on the server's own clock
    ignoreNotBefore: true,
  });
  const verified = new LRUCache<string, AccessClaims>({ max: maxVerified });

  function read(token: string): AccessClaims | undefined {
    const known = verified.get(token);
    if (known) return known;
    if (token.length > maxTokenLength) return undefined;
    try {
      const claims: unknown = verifier(token);
      if (!isAccessClaims(claims)) return undefined;
      verified.set(token, claims);
      return claims;
    } catch {
      return undefined;
    }
  }

  return {
    sign: (claims) => signer({ ...claims }),
    verify(token) {
      const claims = read(token);
      if (!claims) return undefined;
      const nowMs = clock.nowMs();
      if (claims.exp * 1000 <= nowMs) return undefined;
      if (claims.nbf !== undefined && claims.nbf * 1000 > nowMs) return undefined;
      return claims;
    },
  };
}

function isAccessClaims(claims: unknown): claims is AccessClaims {
  if (typeof claims !== 'object' || claims === null) return false;
  const { user_id, exp, nbf, sid } = claims as Record<string, unknown>;
  return (
    Number.isInteger(user_id) &&
    Number.isInteger(exp) &&
    (nbf === undefined || typeof nbf === 'number') &&
    (sid === undefined || typeof sid === 'string')
  );
}
