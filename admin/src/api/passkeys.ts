import { Problem } from './problem.ts';
import { askPublicly } from './public.ts';
import { request } from './request.ts';

/** Passkeys in this browser (WebAuthn Level 3), for signing in and for step-up. */

/** What the server answers before a passkey is used. */
interface PasskeyRequest {
  readonly public_key: PublicKeyCredentialRequestOptionsJSON;
  /** Seconds until the browser has to ask the server again; absent: not said. */
  readonly expires_in?: number;
}

/** An IP is no domain that a passkey could belong to. */
const isIp = /^(\[.*\]|[\d.]+)$/.test(location.hostname);

/** Whether the browser can use passkeys on this page. */
export const hasPasskeys =
  !isIp &&
  typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** Whether the browser offers passkeys in the list of a text field (conditional mediation). */
export async function canOfferPasskeys(): Promise<boolean> {
  return hasPasskeys && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);
}

/** A passkey can be asked for once at a time: the offer of a text field ends when a button asks. */
let current: AbortController | undefined;

/**
 * Lets the user choose a passkey, and use it.
 *
 * @param isOffer whether it is only offered in the list of a text field; then it waits as long as it takes
 * @returns what it answered, for the server
 * @throws Problem `cancelled` if another request took its place, `passkey_not_used` if the user has used none
 */
export async function getPasskey(
  { public_key }: PasskeyRequest,
  { isOffer = false }: { readonly isOffer?: boolean } = {},
): Promise<object> {
  current?.abort();
  const own = new AbortController();
  current = own;
  try {
    const credential = await navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(public_key),
      signal: own.signal,
      ...(isOffer && { mediation: 'conditional' }),
    });
    return (credential as PublicKeyCredential).toJSON();
  } catch (error) {
    if (own.signal.aborted) throw Problem.cancelled();
    if (isOffer || (error instanceof DOMException && error.name === 'NotAllowedError')) {
      throw Problem.passkeyNotUsed();
    }
    throw error;
  } finally {
    if (current === own) current = undefined;
  }
}

/** Takes an offer of passkeys back. */
export function withdrawOffer(): void {
  current?.abort();
}

/** @throws Problem */
export const passkeySignInRequest = () =>
  askPublicly<PasskeyRequest>('/api/login/passkey/options/', {});

/** @throws Problem */
export const secondFactorRequest = (flow: string) =>
  askPublicly<PasskeyRequest>('/api/login/second-factor/options/', { flow });

/** @throws Problem */
export const stepUpRequest = () =>
  request<PasskeyRequest>('POST', '/api/me/reauthenticate/options/', { json: {} });
