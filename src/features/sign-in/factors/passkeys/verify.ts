import type { AuthenticationResponseJSON } from '@simplewebauthn/server';
import type { ClientData } from './client-data.ts';
import type { Registration } from './credential-json.ts';
import { type Refusal, refusePasskey } from './refusals.ts';

/** The cryptographic part of WebAuthn, which a library does. It is loaded with the first passkey: it has 23 MB. */
const library = () => import('@simplewebauthn/server');
const libraryOfParts = () => import('@simplewebauthn/server/helpers');

/** EdDSA, ES256, RS256 (COSE), the best first: what authenticators have, and every Node can check. */
export const algorithms = [-8, -7, -257] as const;

/** A passkey whose public key is known from now on. */
export interface VerifiedPasskey {
  readonly credentialId: string;
  /** COSE, base64url */
  readonly publicKey: string;
  readonly counter: number;
  readonly aaguid: string;
  readonly isUserVerified: boolean;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
}

/**
 * WebAuthn Level 3, 7.1 (12 to 25). Attestation is not asked for, and what is sent of it is not looked at.
 *
 * @throws AppError `invalid_passkey`
 */
export async function verifyNewPasskey(
  { json }: Registration,
  { challenge, origin }: ClientData,
  { rpId, needsPresence }: { readonly rpId: string; readonly needsPresence: boolean },
): Promise<VerifiedPasskey> {
  const { verifyRegistrationResponse } = await library();
  const attestationObject = await withoutAttestation(json.response.attestationObject);
  const verified = await verifyRegistrationResponse({
    response: { ...json, response: { ...json.response, attestationObject } },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    requireUserPresence: needsPresence,
    requireUserVerification: false,
    supportedAlgorithmIDs: [...algorithms],
  }).catch(refuse);
  if (!verified.verified) throw refusePasskey('malformed');
  const { credential, aaguid, userVerified, ...info } = verified.registrationInfo;
  if (credential.id !== json.id) throw refusePasskey('malformed');
  return {
    credentialId: credential.id,
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    aaguid,
    isUserVerified: userVerified,
    isBackupEligible: info.credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
  };
}

/**
 * The same attestation object with the format `none` (WebAuthn Level 3, 8.7): so nothing that a stranger sends reaches
 * the parsers of certificates, nor has the server look up a revocation.
 */
async function withoutAttestation(attestationObject: string): Promise<string> {
  const { decodeAttestationObject } = await libraryOfParts();
  try {
    const bytes = new Uint8Array(Buffer.from(attestationObject, 'base64url'));
    const authData = decodeAttestationObject(bytes).get('authData');
    const length = Buffer.alloc(3);
    length.writeUInt8(0x59); // a byte string with a length of two bytes (RFC 8949 3.1)
    length.writeUInt16BE(authData.length, 1);
    const map = Buffer.from([0xa3]);
    const parts = [map, text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0])];
    return Buffer.concat([...parts, text('authData'), length, authData]).toString('base64url');
  } catch (error) {
    throw refusePasskey('malformed', { cause: error });
  }
}

/** A short text in CBOR. */
const text = (value: string) =>
  Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);

/** What an authenticator says of one use of a passkey. */
export interface Assertion {
  readonly counter: number;
  readonly isUserVerified: boolean;
  readonly isBackupEligible: boolean;
  readonly isBackedUp: boolean;
}

/**
 * WebAuthn Level 3, 7.2 (15 to 20, and 22).
 *
 * @param passkey `publicKey`: as it is stored
 * @throws AppError `invalid_passkey`
 */
export async function verifyAssertion(
  response: AuthenticationResponseJSON,
  { challenge, origin }: ClientData,
  passkey: { readonly rpId: string; readonly publicKey: string },
  { needsVerification }: { readonly needsVerification: boolean },
): Promise<Assertion> {
  const { verifyAuthenticationResponse } = await library();
  const publicKey = new Uint8Array(Buffer.from(passkey.publicKey, 'base64url'));
  const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
    response,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: passkey.rpId,
    // Of a counter above 0 the library says that it regressed before it looks at the signature; we look after it.
    credential: { id: response.id, publicKey, counter: 0 },
    requireUserVerification: needsVerification,
  }).catch(refuse);
  if (!verified) throw refusePasskey('wrong_signature');
  return {
    counter: info.newCounter,
    isUserVerified: info.userVerified,
    isBackupEligible: info.credentialDeviceType === 'multiDevice',
    isBackedUp: info.credentialBackedUp,
  };
}

/** What the library says in its own words; everything else of it is about bytes that cannot be read. */
const sayings: readonly (readonly [RegExp, Refusal])[] = [
  [/RP ID/, 'wrong_site'],
  [/[Uu]ser (presence|not present)/, 'not_present'],
  [/User verification/, 'not_verified'],
  [/\balg\b|kty|crv|PQC/, 'unsupported'],
];

function refuse(error: unknown): never {
  const message = error instanceof Error ? `${error.name} ${error.message}` : '';
  const reason = sayings.find(([pattern]) => pattern.test(message))?.[1] ?? 'malformed';
  throw refusePasskey(reason, { cause: error });
}
