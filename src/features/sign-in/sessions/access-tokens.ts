import { createDecoder, createSigner, createVerifier } from 'fast-jwt';
import type { Acr } from '../../../lib/auth-level.ts';
import type { Clock } from '../../../lib/clock.ts';
import { numberSource } from '../../../lib/json.ts';
import { createRecentMap } from '../../../lib/recent-map.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { PermissionClaims } from '../../identity/roles/index.ts';
import type { SigningKeys } from '../../platform/keys/index.ts';

/** The claims of an access token (RFC 7519 4.1). Times are seconds since 1970. */
export interface AccessClaims extends PermissionClaims {
  readonly user_id: number;
  readonly exp: number;
  readonly nbf?: number;
  readonly iat?: number;
  /** The session; absent in tokens of the previous system, which are valid until they expire. */
  readonly sid?: string;
  readonly jti?: string;
  /** How strongly, in which ways (RFC 8176) and when the user was recognized; absent where nobody noted it. */
  readonly acr?: Acr;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  /** The actor in the name of the user (RFC 8693 4.1): an administrator, by id. */
  readonly act?: { readonly sub: string };
}

export interface AccessTokens {
  sign(claims: AccessClaims): string;
  /**
   * Checks the signature of a token, which does not change: the answer may be kept.
   *
   * @returns undefined if it is not signed with the current algorithm and a trusted key
   */
  verify(token: string): VerifiedToken | undefined;
  /** Whether a verified token is good at this moment. */
  isCurrent(token: VerifiedToken): boolean;
}

type Algorithm = 'HS256' | 'ES256' | 'EdDSA';

/** The parts of a token whose signature is good, as `fast-jwt` gives them. */
interface SignedToken {
  readonly header: object;
  readonly payload: Readonly<Record<string, unknown>>;
  /** The signed text: the header, a dot, the payload. */
  readonly input: string;
}

/** A token whose signature was checked, and by which key. */
export interface VerifiedToken {
  readonly claims: AccessClaims;
  readonly algorithm: Algorithm;
  /** Undefined with HS256, whose secrets do not change while the process runs. */
  readonly kid: string | undefined;
}

/** Room for what `ACCESS_TOKEN_PERMISSIONS` puts in. */
const maxTokenLength = 8_192;

interface Deps {
  readonly secretKey: string;
  readonly secretKeyFallbacks?: readonly string[];
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly keys: SigningKeys;
}

/**
 * Signs and verifies access tokens with the algorithm of `ACCESS_TOKEN_ALGORITHM` and no other (RFC 8725 3.1).
 *
 * Code that keeps a verified token checks each time whether it is current. Whether its user and session still live is
 * checked elsewhere, each time.
 */
export function createAccessTokens(deps: Deps): AccessTokens {
  const { secretKey, secretKeyFallbacks = [], clock, settings, keys } = deps;
  // Expiry and start are looked at by isCurrent, on the server's own clock.
  const options = { complete: true, ignoreExpiration: true, ignoreNotBefore: true } as const;
  const secretSigner = createSigner({ key: secretKey, algorithm: 'HS256' });
  const secretVerifiers = [secretKey, ...secretKeyFallbacks].map((key) =>
    createVerifier({ key, algorithms: ['HS256'], ...options }),
  );
  const party = partyClaims(deps);
  const decode = createDecoder({ complete: true });
  const signers = createRecentMap<string, (claims: object) => string>(20);
  const verifiers = createRecentMap<string, (token: string) => SignedToken>(20);

  function sign(claims: AccessClaims): string {
    const algorithm = settings.get('ACCESS_TOKEN_ALGORITHM');
    const payload = { ...claims, sub: String(claims.user_id), ...party };
    if (algorithm === 'HS256') return secretSigner(payload);
    const key = keys.signingKey(algorithm);
    if (!key?.privateKey) throw new Error(`There is no key to sign with ${algorithm}.`);
    let signer = signers.get(key.kid);
    if (!signer) {
      const pem = key.privateKey.export({ format: 'pem', type: 'pkcs8' });
      signer = createSigner({ key: pem, algorithm, kid: key.kid });
      signers.set(key.kid, signer);
    }
    return signer(payload);
  }

  /** @throws Error if neither the current secret nor an older one has signed it */
  function checkBySecret(token: string): SignedToken {
    for (const verifier of secretVerifiers) {
      try {
        return verifier(token);
      } catch {} // the next one may be the one
    }
    throw new Error('Signed with none of the secrets.');
  }

  /** @throws Error if the token is not signed by a key that is trusted */
  function check(token: string, algorithm: Algorithm): VerifiedToken {
    if (algorithm === 'HS256') {
      return { claims: claimsOf(checkBySecret(token), party), algorithm, kid: undefined };
    }
    const { kid } = (decode(token) as { header: { kid?: unknown } }).header;
    const key = keys.trustedKey(String(kid));
    if (key?.algorithm !== algorithm) throw new Error('No such key.');
    let verifier = verifiers.get(key.kid);
    if (!verifier) {
      const pem = key.publicKey.export({ format: 'pem', type: 'spki' });
      verifier = createVerifier({ key: pem, algorithms: [algorithm], ...options });
      verifiers.set(key.kid, verifier);
    }
    return { claims: claimsOf(verifier(token), party), algorithm, kid: key.kid };
  }

  return {
    sign,
    verify(token) {
      if (token.length > maxTokenLength || !isCanonical(token)) return undefined;
      try {
        return check(token, settings.get('ACCESS_TOKEN_ALGORITHM'));
      } catch {
        return undefined;
      }
    },
    isCurrent({ claims: { exp, nbf }, algorithm, kid }) {
      if (algorithm !== settings.get('ACCESS_TOKEN_ALGORITHM')) return false;
      if (kid !== undefined && !keys.trustedKey(kid)) return false;
      const nowMs = clock.nowMs();
      return exp * 1000 > nowMs && (nbf === undefined || nbf * 1000 <= nowMs);
    },
  };
}

/** The issuer and the audience of tokens (RFC 7519 4.1.1 and 4.1.3), if they are configured. */
interface PartyClaims {
  readonly iss?: string;
  readonly aud?: string;
}

function partyClaims({ issuer, audience }: Deps): PartyClaims {
  return {
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
  };
}

/**
 * Whether a token is from us and for us, as far as it says so (RFC 8725 3.8 and 3.9). A token that does not say is
 * valid: those of the previous system do not, nor those made before it was configured.
 */
function isOurs({ iss, aud }: Readonly<Record<string, unknown>>, own: PartyClaims): boolean {
  const isFromUs = iss === undefined || own.iss === undefined || iss === own.iss;
  if (aud === undefined) return isFromUs;
  // It says whom it is for: without a name of our own, somebody else (RFC 7519 4.1.3).
  return isFromUs && own.aud !== undefined && [aud].flat().includes(own.aud);
}

/** The claims by which token libraries say what a token is for. */
const purposeClaims = ['token_type', 'token_use', 'typ', 'purpose'];

/**
 * Whether a token is an access token, as far as it says what it is for (RFC 8725 3.11 and 3.12): the
 * secret may be shared with a system that signs other tokens with it.
 */
function isForAccess(header: object, payload: Readonly<Record<string, unknown>>): boolean {
  const { typ = 'JWT' } = header as { typ?: unknown };
  const isPlain = typeof typ === 'string' && typ.toUpperCase() === 'JWT';
  return (
    isPlain &&
    purposeClaims.every((name) => [undefined, 'access'].includes(payload[name] as string))
  );
}

/**
 * The claims of a token whose signature is good.
 *
 * @throws Error if they are not those of an access token
 */
function claimsOf({ header, payload, input }: SignedToken, own: PartyClaims): AccessClaims {
  const { nbf, sid } = payload;
  const json = Buffer.from(input.slice(input.indexOf('.') + 1), 'base64url').toString();
  const isGood =
    isInteger(numberSource(json, 'user_id')) &&
    isInteger(numberSource(json, 'exp')) &&
    (nbf === undefined || typeof nbf === 'number') &&
    (sid === undefined || typeof sid === 'string') &&
    isOurs(payload, own) &&
    isForAccess(header, payload) &&
    !('crit' in header); // and we know no extension (RFC 7515 4.1.11)
  if (!isGood) throw new Error('Not an access token.');
  return payload as unknown as AccessClaims;
}

/** From the text of the token, because JavaScript takes `1.0` and `1e3` for integers too. */
function isInteger(source: string | undefined): boolean {
  return source !== undefined && /^-?\d+$/.test(source);
}

/**
 * Whether a token is the one way to write its bytes (RFC 7515 2): decoders ignore the last bits of
 * a signature, so that without this a changed token could pass for the same one.
 */
function isCanonical(token: string): boolean {
  const parts = token.split('.');
  return (
    parts.length === 3 &&
    parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}
