/**
 * Passkeys in a browser: what a page needs besides the client. It uses what browsers have for it (WebAuthn Level 3), and
 * imports nothing, so a page without a bundler loads it as it is.
 */
import type { Answer } from './api.ts';
import type { Latchkey } from './client.ts';
import type { Problem } from './errors.ts';
import type { EnrolledSession } from './factors.ts';
import type { components } from './openapi.ts';
import type { Session } from './session.ts';

type Schemas = components['schemas'];
export type AddedPasskey = Schemas['AddedPasskey'];
export type OwnPasskey = Schemas['PasskeyList']['passkeys'][number];
export type PasskeyRequestOptions = Schemas['PasskeyRequestOptions'];

/** What this browser can do. */
export interface PasskeySupport {
  /** Passkeys can be added, and used to sign in. */
  readonly passkeys: boolean;
  /** They can be offered where a form is filled in: `autofillPasskey`. */
  readonly autofill: boolean;
  /** They can be made without asking, after a sign-in with a password: `upgradeToPasskey`. */
  readonly upgrade: boolean;
}

export interface PasskeyCall {
  readonly signal?: AbortSignal | undefined;
}

/** The parts of a browser that its types do not all know yet. */
interface BrowserPasskeys {
  parseCreationOptionsFromJSON(options: object): PublicKeyCredentialCreationOptions;
  parseRequestOptionsFromJSON(options: object): PublicKeyCredentialRequestOptions;
  getClientCapabilities?(): Promise<Record<string, boolean>>;
  isConditionalMediationAvailable?(): Promise<boolean>;
  signalUnknownCredential?(signal: object): Promise<void>;
  signalAllAcceptedCredentials?(signal: object): Promise<void>;
  signalCurrentUserDetails?(signal: object): Promise<void>;
}

function browserPasskeys(): BrowserPasskeys | undefined {
  const { PublicKeyCredential: found } = globalThis as {
    PublicKeyCredential?: Partial<BrowserPasskeys>;
  };
  const isUsable = found?.parseCreationOptionsFromJSON && found.parseRequestOptionsFromJSON;
  return isUsable ? (found as BrowserPasskeys) : undefined;
}

/** Looks at the browser. On a page that is not from HTTPS or this machine it can do nothing. */
export async function passkeySupport(): Promise<PasskeySupport> {
  const browser = browserPasskeys();
  if (!browser) return { passkeys: false, autofill: false, upgrade: false };
  const can = (await browser.getClientCapabilities?.()) ?? {};
  const autofill = can.conditionalGet ?? (await browser.isConditionalMediationAvailable?.());
  return { passkeys: true, autofill: autofill ?? false, upgrade: can.conditionalCreate ?? false };
}

/** @throws TypeError if the browser has no passkeys */
function required(): BrowserPasskeys {
  const browser = browserPasskeys();
  if (!browser) throw new TypeError('This browser has no passkeys.');
  return browser;
}

/**
 * Adds a passkey to the account. The browser asks the user.
 *
 * @returns undefined if the user did not want to
 * @throws LatchkeyError; TypeError if the browser has no passkeys; `InvalidStateError` (DOMException) if the device has one
 *   of this account already
 */
export async function addPasskey(
  latchkey: Latchkey,
  {
    name,
    endOtherSessions = false,
    signal,
  }: PasskeyCall & { readonly name?: string; readonly endOtherSessions?: boolean } = {},
): Promise<AddedPasskey | undefined> {
  const about = { ...(name !== undefined && { name }), end_other_sessions: endOtherSessions };
  return create(latchkey, {}, about, { signal });
}

/**
 * Adds the passkey that a sign-in waits for (`neededEnrolmentOf`), and signs in with it. The browser asks the user.
 *
 * @returns undefined if the user did not want to
 * @throws as `addPasskey`
 */
export async function enrolPasskey(
  latchkey: Latchkey,
  {
    flow,
    name,
    remember,
  }: { readonly flow: string; readonly name?: string; readonly remember?: boolean },
  { signal }: PasskeyCall = {},
): Promise<EnrolledSession | undefined> {
  const body = { flow };
  const asked = latchkey.api.POST('/api/login/enrolment/passkey/options/', { body, signal });
  const credential = await make(await dataOf(asked), { signal });
  if (!credential) return undefined;
  const enrolment = {
    flow,
    credential,
    ...(name !== undefined && { name }),
    ...(remember && { remember }),
  };
  const enrolled = await latchkey.finishEnrolment(enrolment, { signal });
  await signalPasskeys(latchkey);
  return enrolled;
}

/** How long a browser may take to make a passkey without asking. */
const upgradeMs = 30_000;

/**
 * Has the browser make a passkey without asking, if it has just filled in the password of the user. Right after such a
 * sign-in. The server allows it once a month.
 *
 * @returns undefined if none was made, for whatever reason
 * @throws the reason of the signal
 */
export async function upgradeToPasskey(
  latchkey: Latchkey,
  { signal }: PasskeyCall = {},
): Promise<AddedPasskey | undefined> {
  if (!(await passkeySupport()).upgrade) return undefined;
  const turn = abortedWith(signal, upgradeMs);
  try {
    const call = { signal: turn.signal, mediation: 'conditional' };
    return await create(latchkey, { is_upgrade: true }, {}, call);
  } catch {
    signal?.throwIfAborted();
    return undefined;
  } finally {
    turn.end();
  }
}

/** A signal that is aborted with another one, and after some time. */
function abortedWith(signal: AbortSignal | undefined, afterMs: number) {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  const timer = setTimeout(abort, afterMs);
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

type MakeCall = PasskeyCall & { readonly mediation?: string };

/** What the browser makes; undefined if the user did not want to. */
async function make(
  { public_key }: Schemas['PasskeyCreationOptions'],
  { signal, mediation }: MakeCall,
): Promise<{ readonly id: string } | undefined> {
  const publicKey = required().parseCreationOptionsFromJSON(public_key);
  const options = { publicKey, mediation, ...(signal && { signal }) };
  const credential = await unlessRefused(navigator.credentials.create(options), signal);
  return credential && jsonOf(credential);
}

async function create(
  latchkey: Latchkey,
  body: Schemas['NewPasskeyStart'],
  about: Omit<Schemas['NewPasskey'], 'credential'>,
  call: MakeCall,
): Promise<AddedPasskey | undefined> {
  const { signal } = call;
  const asked = latchkey.api.POST('/api/me/passkeys/options/', { body, signal });
  const credential = await make(await dataOf(asked), call);
  if (!credential) return undefined;
  const sent = { ...about, credential };
  const added = await dataOf(latchkey.api.POST('/api/me/passkeys/', { body: sent, signal }));
  await signalPasskeys(latchkey);
  return added;
}

/**
 * Signs in with a passkey. The browser shows those that it finds.
 *
 * @returns undefined if the user did not want to
 * @throws LatchkeyError; TypeError if the browser has no passkeys
 */
export async function signInWithPasskey(
  latchkey: Latchkey,
  { signal }: PasskeyCall = {},
): Promise<Session | undefined> {
  const asked = await requestSignIn(latchkey, signal);
  const credential = await usePasskey(asked, { signal });
  return credential && finish(latchkey, asked, credential, signal);
}

/**
 * Offers passkeys where the browser fills in the form: in a field with `autocomplete="username webauthn"`. It waits until the
 * user chooses one, and asks for a new challenge before the old one expires. Abort it when the form is sent.
 *
 * @returns undefined if the browser cannot do it
 * @throws LatchkeyError; the reason of the signal
 */
export async function autofillPasskey(
  latchkey: Latchkey,
  { signal }: PasskeyCall = {},
): Promise<Session | undefined> {
  if (!(await passkeySupport()).autofill) return undefined;
  for (;;) {
    signal?.throwIfAborted();
    const asked = await requestSignIn(latchkey, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw error;
    });
    const turn = abortedWith(signal, asked.expires_in * 900);
    try {
      const call = { signal: turn.signal, mediation: 'conditional' };
      const credential = await usePasskey(asked, call);
      if (credential) return await finish(latchkey, asked, credential, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!turn.signal.aborted) throw error;
    } finally {
      turn.end();
    }
  }
}

function requestSignIn(latchkey: Latchkey, signal: AbortSignal | undefined) {
  required();
  return dataOf(latchkey.api.POST('/api/login/passkey/options/', { signal }));
}

async function finish(
  latchkey: Latchkey,
  { public_key: { rpId } }: PasskeyRequestOptions,
  credential: { readonly id: string },
  signal: AbortSignal | undefined,
): Promise<Session> {
  try {
    const session = await latchkey.signInWithPasskey({ credential }, { signal });
    await signalPasskeys(latchkey);
    return session;
  } catch (error) {
    const { problem } = error as { readonly problem?: Problem };
    if (problem?.signal_unknown) {
      const gone = { rpId, credentialId: credential.id };
      await quietly(browserPasskeys()?.signalUnknownCredential?.(gone));
    }
    throw error;
  }
}

/**
 * Ends a sign-in that waits for a second factor (`neededFactorOf`) with a passkey. The browser shows those that fit.
 *
 * @returns undefined if the user did not want to
 * @throws LatchkeyError; TypeError if the browser has no passkeys
 */
export async function finishSignInWithPasskey(
  latchkey: Latchkey,
  { flow, remember = false }: { readonly flow: string; readonly remember?: boolean },
  { signal }: PasskeyCall = {},
): Promise<Session | undefined> {
  const body = { flow };
  const asked = latchkey.api.POST('/api/login/second-factor/options/', { body, signal });
  const credential = await usePasskey(await dataOf(asked), { signal });
  return credential && latchkey.finishSignIn({ flow, credential, remember }, { signal });
}

/**
 * Proves again who the user is, with a passkey: as a `stepUp`, for one.
 *
 * @returns false if the user did not want to
 * @throws as `finishSignInWithPasskey`
 */
export async function reauthenticateWithPasskey(
  latchkey: Latchkey,
  { signal }: PasskeyCall = {},
): Promise<boolean> {
  const asked = latchkey.api.POST('/api/me/reauthenticate/options/', { signal });
  const credential = await usePasskey(await dataOf(asked), { signal });
  if (!credential) return false;
  await latchkey.reauthenticate({ credential: { ...credential } }, { signal });
  return true;
}

/**
 * Asks for a passkey, for what asked for it: the reset of a password, an act of your own.
 *
 * @returns the `credential` to send; undefined if the user did not want to
 * @throws TypeError if the browser has no passkeys
 */
export async function usePasskey(
  asked: PasskeyRequestOptions,
  { signal, mediation }: PasskeyCall & { readonly mediation?: string } = {},
): Promise<{ readonly id: string } | undefined> {
  const publicKey = required().parseRequestOptionsFromJSON(asked.public_key);
  const options = {
    publicKey,
    ...(signal && { signal }),
    ...(mediation !== undefined && { mediation: mediation as CredentialMediationRequirement }),
  };
  const credential = await unlessRefused(navigator.credentials.get(options), signal);
  return credential ? jsonOf(credential) : undefined;
}

/**
 * Tells the devices of the user which passkeys are left, and what the user is called: after a sign-in, and after a change of
 * passkeys, the email or the username. It never fails.
 */
export async function signalPasskeys(latchkey: Latchkey): Promise<void> {
  const browser = browserPasskeys();
  if (!browser?.signalAllAcceptedCredentials) return;
  const { data } = await latchkey.api.GET('/api/me/passkeys/').catch(() => ({ data: undefined }));
  if (!data?.signal) return;
  const { rp_id: rpId, user_id: userId, name, display_name: displayName } = data.signal;
  const allAcceptedCredentialIds = data.signal.credential_ids;
  await quietly(browser.signalAllAcceptedCredentials({ rpId, userId, allAcceptedCredentialIds }));
  await quietly(browser.signalCurrentUserDetails?.({ rpId, userId, name, displayName }));
}

/** The passkeys of the user, the oldest first. */
export async function listPasskeys(
  latchkey: Latchkey,
  { signal }: PasskeyCall = {},
): Promise<OwnPasskey[]> {
  return (await dataOf(latchkey.api.GET('/api/me/passkeys/', { signal }))).passkeys;
}

export async function renamePasskey(
  latchkey: Latchkey,
  id: number,
  name: string,
  { signal }: PasskeyCall = {},
): Promise<void> {
  const params = { path: { id } };
  await dataOf(latchkey.api.PATCH('/api/me/passkeys/{id}/', { params, body: { name }, signal }));
}

/** Removes a passkey, and has the user's devices forget it. */
export async function removePasskey(
  latchkey: Latchkey,
  id: number,
  { endOtherSessions = false, signal }: PasskeyCall & { readonly endOtherSessions?: boolean } = {},
): Promise<void> {
  const params = { path: { id } };
  const body = { end_other_sessions: endOtherSessions };
  await dataOf(latchkey.api.DELETE('/api/me/passkeys/{id}/', { params, body, signal }));
  await signalPasskeys(latchkey);
}

/** @throws LatchkeyError if it is not a success */
async function dataOf<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error } = await call;
  if (error) throw error;
  return data as Data;
}

/** @returns undefined if the user, or the browser for them, did not want to: it does not say which */
async function unlessRefused(
  asked: Promise<Credential | null>,
  signal: AbortSignal | undefined,
): Promise<Credential | undefined> {
  try {
    return (await asked) ?? undefined;
  } catch (error) {
    if (!signal?.aborted && (error as { name?: unknown }).name === 'NotAllowedError')
      return undefined;
    throw error;
  }
}

const jsonOf = (credential: Credential) =>
  (credential as unknown as { toJSON(): { readonly id: string } }).toJSON();

/** What a browser does with a signal changes nothing for the page. */
async function quietly(signalled: Promise<void> | undefined): Promise<void> {
  await signalled?.catch(() => undefined);
}
