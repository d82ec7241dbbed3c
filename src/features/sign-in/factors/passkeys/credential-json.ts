import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { refusePasskey } from './refusals.ts';

/**
 * Reads what a browser made of an authenticator's answer (`toJSON`, WebAuthn Level 3, 5.1.8). It comes from anybody, so
 * no more than the known members is taken over, each of the type and the length that it can have.
 */

/** A credential id has at most 1023 bytes (WebAuthn Level 3, 4). */
const maxIdLength = 1_364;
/** Some times what any authenticator sends. */
const maxLength = 64 * 1_024;
const maxTransports = 10;

type Members = Readonly<Record<string, unknown>>;

function objectOf(value: unknown): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw refusePasskey('malformed');
}

function bytesOf(value: unknown, limit = maxLength): string {
  if (typeof value === 'string' && value.length <= limit && /^[\w-]+$/.test(value)) return value;
  throw refusePasskey('malformed');
}

function readCredential(value: unknown) {
  const { id, rawId, type, response } = objectOf(value);
  if (type !== 'public-key' || id !== rawId) throw refusePasskey('malformed');
  return { id: bytesOf(id, maxIdLength), response: objectOf(response) };
}

/** @throws AppError `invalid_passkey` */
export function readAuthentication(credential: unknown): AuthenticationResponseJSON {
  const { id, response } = readCredential(credential);
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
    response: {
      clientDataJSON: bytesOf(clientDataJSON),
      authenticatorData: bytesOf(authenticatorData),
      signature: bytesOf(signature),
      // Some authenticators have none, and some browsers say so by null, or by an empty text.
      ...(userHandle ? { userHandle: bytesOf(userHandle, 128) } : {}),
    },
  };
}

/** What a browser says of a new passkey, as far as it is used. */
export interface Registration {
  readonly json: RegistrationResponseJSON;
  readonly transports: readonly string[];
  /** Whether it can be found without its id; undefined: the browser does not say. */
  readonly isDiscoverable: boolean | undefined;
}

/** @throws AppError `invalid_passkey` */
export function readRegistration(credential: unknown): Registration {
  const { id, response } = readCredential(credential);
  const { clientDataJSON, attestationObject, transports } = response;
  const { credProps } = objectOf(objectOf(credential).clientExtensionResults ?? {});
  const { rk } = objectOf(credProps ?? {});
  return {
    json: {
      ...{ id, rawId: id, type: 'public-key', clientExtensionResults: {} },
      response: {
        clientDataJSON: bytesOf(clientDataJSON),
        attestationObject: bytesOf(attestationObject),
      },
    },
    transports: readTransports(transports),
    isDiscoverable: typeof rk === 'boolean' ? rk : undefined,
  };
}

/** They only help the browser, so what is odd of them is left out (WebAuthn Level 3, 5.8.4). */
function readTransports(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const known = value.filter((name) => typeof name === 'string' && /^[a-z-]{1,32}$/.test(name));
  return [...new Set<string>(known)].slice(0, maxTransports);
}
