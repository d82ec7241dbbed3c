import { createRequire } from 'node:module';
import {
  AuthenticatorEmulator,
  type AuthenticatorParameters,
  PasskeysCredentialsMemoryRepository,
  WebAuthnEmulator,
} from 'nid-webauthn-emulator';
import type { TestServer } from './harness.ts';

/** An authenticator and its browser, which others have written: what it makes and signs owes nothing to our code. */

// Its encoder reads one part of what it wrote, and on newer releases of Node there are several.
const cbor = createRequire(createRequire(import.meta.url).resolve('nid-webauthn-emulator'))('cbor');
cbor.encode = (...values: unknown[]) => {
  const encoder = new cbor.Encoder();
  for (const value of values) encoder.pushAny(value);
  const parts: Buffer[] = [];
  for (let part = encoder.read(); part !== null; part = encoder.read()) parts.push(part);
  return Buffer.concat(parts);
};

/** What the server answers where it asks for a passkey. */
interface Asked {
  // biome-ignore lint/suspicious/noExplicitAny: the options are what is tested
  readonly public_key: any;
}

/** What `toJSON()` of a credential answers. */
export interface CredentialJson {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly response: Readonly<Record<string, unknown>>;
  readonly clientExtensionResults: object;
}

/** A page's origin: of this machine, where the RP ID is `localhost`. */
export const pageOrigin = 'http://localhost:3000';

export interface Authenticator {
  /** What may be changed while it is used: how it counts. */
  params: AuthenticatorParameters;
  /** `navigator.credentials.create()` */
  create(asked: Asked, origin?: string): CredentialJson;
  /** `navigator.credentials.get()` */
  get(asked: Asked, origin?: string): CredentialJson;
}

/** An authenticator that verifies its user, and whose passkeys are backed up. */
export function newAuthenticator(params: Partial<AuthenticatorParameters> = {}): Authenticator {
  const credentialsRepository = new PasskeysCredentialsMemoryRepository(); // else all share one
  const emulator = new AuthenticatorEmulator({ credentialsRepository, ...params });
  const browser = new WebAuthnEmulator(emulator);
  return {
    get params() {
      return emulator.params;
    },
    set params(changed) {
      emulator.params = changed;
    },
    create: ({ public_key }, origin = pageOrigin) =>
      browser.createJSON(origin, public_key) as unknown as CredentialJson,
    get: ({ public_key }, origin = pageOrigin) =>
      browser.getJSON(origin, public_key) as unknown as CredentialJson,
  };
}

/** What makes passkeys, and uses them. */
type Device = Pick<Authenticator, 'create' | 'get'>;

/** Adds a passkey of the authenticator to the account. @returns the answer, of status 201 */
export async function addPasskey(
  { send }: Pick<TestServer, 'send'>,
  token: string,
  authenticator: Device,
) {
  const asked = await send('POST', '/api/me/passkeys/options/', { token, json: {} });
  const credential = authenticator.create(asked.body);
  const added = await send('POST', '/api/me/passkeys/', { token, json: { credential } });
  if (added.status !== 201) throw new Error(`The passkey was not added: ${added.text}`);
  return added;
}

/** Signs in with a passkey of the authenticator. */
export async function signInWithPasskey({ send }: Pick<TestServer, 'send'>, authenticator: Device) {
  const asked = await send('POST', '/api/login/passkey/options/', { json: {} });
  const credential = authenticator.get(asked.body);
  return send('POST', '/api/login/passkey/', { json: { credential } });
}

/** Makes the passkeys of a user those of a former domain, as if the server had got another one since. */
export async function movePasskeysToFormerDomain(
  { deps }: Pick<TestServer, 'deps'>,
  userId: number,
): Promise<void> {
  await deps.database.db
    .updateTable('passkeys')
    .set({ rp_id: 'old.example.com' })
    .where('user_id', '=', userId)
    .execute();
}
