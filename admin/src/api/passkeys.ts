import { usePasskey as askForPasskey, type PasskeyRequestOptions } from 'latchkey-client/passkeys';
import { Problem } from './problem.ts';
import { askPublicly } from './public.ts';
import { request } from './request.ts';

/** Passkeys on this page: as a second factor, and for step-up. */

/** A passkey belongs to a domain, and an IP is not one. */
const isIp = /^(\[.*\]|[\d.]+)$/.test(location.hostname);

/** Whether passkeys can be used on this page. */
export const hasPasskeys =
  !isIp &&
  typeof PublicKeyCredential === 'function' &&
  'parseRequestOptionsFromJSON' in PublicKeyCredential;

/** As a second factor of a sign-in that waits. @throws Problem */
export const passkeyOfFlow = async (flow: string): Promise<object> =>
  ofUser(await askPublicly<PasskeyRequestOptions>('/api/login/second-factor/options/', { flow }));

/** As a step-up of the session. @throws Problem */
export const passkeyOfSession = async (): Promise<object> =>
  ofUser(await request('POST', '/api/me/reauthenticate/options/'));

/** @throws Problem `passkey_not_used` if the user, or the browser for them, has used none */
async function ofUser(asked: PasskeyRequestOptions): Promise<object> {
  const credential = await askForPasskey(asked);
  if (!credential) throw Problem.passkeyNotUsed();
  return credential;
}
