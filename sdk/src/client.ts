import { type Api, createApi, expectOurs } from './api.ts';
import { createAuthorizedFetch, orAborted, outgoingOf } from './authorized-fetch.ts';
import type { DeviceTokens } from './device-tokens.ts';
import { type Environment, platform } from './environment.ts';
import { type FactorCalls, factorCalls } from './factors.ts';
import type { components } from './openapi.ts';
import type { Session, SessionEndCause, SessionListeners } from './session.ts';
import { createSessionKeeper } from './session-keeper.ts';
import { type StepUpCallback, sharedStepUp } from './step-up.ts';
import { memoryStorage, type SessionStorage } from './storage.ts';
import {
  apiTransport,
  type Credentials,
  type FactorProof,
  type MailedCode,
  type Passkey,
  type SecondFactor,
  type SessionTransport,
  type SignInProof,
} from './transport.ts';

type Schemas = components['schemas'];
export type Profile = Schemas['Profile'];
export type OwnProfile = Schemas['OwnProfile'];
/** The answer to a request for a mail with a code. */
export type BegunFlow = Schemas['BegunFlow'];

/**
 * What a mail had in it: its code, with the flow that asked for it; or the token of its link, which in another browser
 * than the one that asked needs the code as well.
 */
export type MailProof =
  | { readonly flow: string; readonly code: string }
  | { readonly token: string; readonly code?: string };

export type OwnSession = Schemas['SessionList']['sessions'][number];

export interface LatchkeyOptions extends SessionListeners {
  /** Where Latchkey is, without a slash at the end; in a browser, without it, where the page is from. */
  readonly baseUrl?: string | undefined;
  /** Where the session is kept; without it in memory. */
  readonly storage?: SessionStorage | undefined;
  /** Other servers that `fetch` sends the access token to: origins such as `https://api.example.com`. */
  readonly origins?: readonly string[] | undefined;
  /** Where the tokens of remembered devices are kept, if that is not beside the session. */
  readonly deviceTokens?: DeviceTokens | undefined;
  /** How to sign in, refresh and sign out, where that is not by Latchkey's own endpoints. */
  readonly transport?: SessionTransport | undefined;
  /**
   * Runs where a server wants a more recent or stronger proof of who the user is (RFC 9470); the request is then sent once
   * more. Absent: such an answer is given to the caller.
   */
  readonly stepUp?: StepUpCallback | undefined;
  /** For tests: another clock, another network. */
  readonly environment?: Partial<Environment> | undefined;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** `using` works where the platform and its types know it. */
type MayBeDisposable = SymbolConstructor extends { readonly dispose: infer Dispose extends symbol }
  ? { readonly [Name in Dispose]: () => void }
  : unknown;

/** One user of one Latchkey server. */
export type Latchkey = LatchkeyCalls & MayBeDisposable;

export interface LatchkeyCalls extends FactorCalls {
  /** As far as this tab knows; undefined while nobody is signed in, and before `ready`. */
  readonly session: Session | undefined;
  /** Why the last session ended, if there is no session now: for the page on which the user signs in again. */
  readonly endCause: SessionEndCause | undefined;
  /**
   * Looks whether there is a session. Every other function does that first.
   *
   * @throws LatchkeyError if only the server knows, and it does not answer
   */
  ready(options?: CallOptions): Promise<Session | undefined>;

  /** Makes an account. It is not signed in yet. */
  signUp(account: Schemas['Registration'], options?: CallOptions): Promise<Profile>;
  /** Asks for a mail with a code, to make an account with. The answer is the same if the email has an account. */
  requestRegistration(email: string, options?: CallOptions): Promise<BegunFlow>;
  /** Makes an account whose email is proven. It is not signed in yet. */
  confirmRegistration(
    account: MailProof & { readonly password: string; readonly username?: string },
    options?: CallOptions,
  ): Promise<OwnProfile>;
  /**
   * A session that is there already ends.
   *
   * @throws LatchkeyError `second_factor_required` if the account has a second factor: its `problem` has the `flow` and
   *   the `methods` for `finishSignIn`, among others
   */
  signIn(credentials: Credentials | MailedCode, options?: CallOptions): Promise<Session>;
  /**
   * Ends a sign-in that was answered with `second_factor_required`. With `remember` the factor is not asked for here again:
   * the next `signIn` of the email sends what the server knows the device by.
   */
  finishSignIn(secondFactor: SecondFactor, options?: CallOptions): Promise<Session>;
  /** With a passkey alone, from what the browser answered. */
  signInWithPasskey(passkey: Passkey, options?: CallOptions): Promise<Session>;
  /** Asks for a mail with a code, for `signIn`. The answer is the same whether or not anybody has the email. */
  requestMailSignIn(email: string, options?: CallOptions): Promise<BegunFlow>;
  /**
   * Ends the session, here and in every other tab, whether the server can be reached or not.
   *
   * @returns whether the server has ended it; if not, it lives there until it expires, or until this is called
   *   again with success
   */
  signOut(options?: CallOptions): Promise<boolean>;

  /** For what is not sent by `fetch`, such as a WebSocket. Good for some seconds at least. */
  accessToken(options?: CallOptions): Promise<string | undefined>;
  /** `fetch` with the access token, for Latchkey and the `origins` of the options, and no others. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Every endpoint that answers in JSON, typed. Answers `{ data }` or `{ error }`; see `unwrap`. */
  readonly api: Api;

  /** Asks for a mail with a code. The answer is the same whether or not anybody has the email. */
  requestPasswordReset(email: string, options?: CallOptions): Promise<BegunFlow>;
  /**
   * Every session of the user ends, and nobody is signed in by it.
   *
   * @throws LatchkeyError `second_factor_required` if the account has a second factor: call it again with one
   */
  resetPassword(
    reset: MailProof & {
      readonly password: string;
      readonly second_factor?: FactorProof;
    },
    options?: CallOptions,
  ): Promise<void>;
  /** Asks for a mail with a code, to prove the email of the user. */
  requestEmailVerification(options?: CallOptions): Promise<BegunFlow>;
  /** The code alone is of the newest mail, such as that after the registration. */
  verifyEmail(
    proof: MailProof | { readonly code: string },
    options?: CallOptions,
  ): Promise<OwnProfile>;

  /** Asks for a mail to another email, which becomes that of the user once it is proven. */
  requestEmailChange(change: Schemas['EmailChange'], options?: CallOptions): Promise<BegunFlow>;
  confirmEmailChange(proof: MailProof, options?: CallOptions): Promise<OwnProfile>;
  /**
   * Restores the email that the user had before, by the token of the mail about the change. Every session ends, and the
   * password has to be reset.
   */
  undoEmailChange(token: string, options?: CallOptions): Promise<void>;

  /**
   * Says that what a security notice tells of was not the user: every session ends, and the password is removed.
   *
   * @param notice `token` of the link of the mail, and its code
   * @returns `flow` for `resetPassword`, with the code of the next mail; null where none is sent
   */
  notMe(notice: Schemas['NotMe'], options?: CallOptions): Promise<Schemas['NotMeReport']>;

  readProfile(options?: CallOptions): Promise<OwnProfile>;
  changeProfile(change: Schemas['ProfileChange'], options?: CallOptions): Promise<OwnProfile>;
  /** Every other session of the user ends. */
  changePassword(change: Schemas['PasswordChange'], options?: CallOptions): Promise<void>;
  /** Proves again who the user is, for what needs recent authentication. */
  reauthenticate(proof: Schemas['Reauthentication'], options?: CallOptions): Promise<void>;
  listSessions(options?: CallOptions): Promise<OwnSession[]>;
  endSession(id: number, options?: CallOptions): Promise<void>;
  /** @returns how many there were */
  endOtherSessions(options?: CallOptions): Promise<number>;

  /** Lets go of what it listens to. The session stays. */
  close(): void;
}

/**
 * Makes a client. Nothing is asked of the server, nor of the page, until it is used.
 *
 * @throws TypeError if one of `origins` is none
 */
export function createLatchkey(options: LatchkeyOptions = {}): Latchkey {
  const environment = { ...platform, ...options.environment };
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '');
  const origins = (options.origins ?? []).map(checkOrigin);
  const keeper = createSessionKeeper({
    storage: options.storage ?? memoryStorage(),
    transport: options.transport ?? apiTransport(baseUrl, environment),
    environment,
    listeners: options,
    deviceTokens: options.deviceTokens,
  });
  const isOurs = (url: string) => originOf(url) === originOf(baseUrl);
  const fetch = createAuthorizedFetch({
    keeper,
    environment,
    isOurs,
    isTrusted: (url) => isOurs(url) || origins.includes(originOf(url)),
    stepUp: options.stepUp && sharedStepUp(options.stepUp),
  });
  const api = createApi(baseUrl, (request) =>
    fetch({ request, copy: () => request.clone() }, (response) => response.clone().text()),
  );
  const signIn = async (proof: SignInProof, call?: CallOptions) =>
    (await keeper.signIn(proof, call?.signal)).session;
  const { dispose } = Symbol as { readonly dispose?: symbol };

  const calls: LatchkeyCalls = {
    get session() {
      return keeper.current?.session;
    },
    get endCause() {
      return keeper.endCause;
    },
    ready: async (call) => (await orAborted(keeper.load(), call?.signal))?.session,
    signUp: (body, call) => expectOurs(api.POST('/api/register/', { body, ...call }), 'id'),
    requestRegistration: (email, call) =>
      expectOurs(api.POST('/api/registrations/', { body: { email }, ...call }), 'flow'),
    confirmRegistration: (body, call) =>
      expectOurs(api.POST('/api/registrations/confirm/', { body, ...call }), 'id'),
    signIn,
    finishSignIn: (secondFactor, call) => signIn({ secondFactor }, call),
    signInWithPasskey: (passkey, call) => signIn({ passkey }, call),
    async requestMailSignIn(email, call) {
      const asked = api.POST('/api/login/mail/', { body: { email }, ...call });
      const begun = await expectOurs(asked, 'flow');
      await keeper.noteFlow(begun.flow, email);
      return begun;
    },
    signOut: (call) => orAborted(keeper.signOut(), call?.signal),
    accessToken: async (call) => (await orAborted(keeper.usable(), call?.signal))?.token,
    fetch: async (input, init) => fetch(outgoingOf(input, init)),
    api,
    requestPasswordReset: (email, call) =>
      expectOurs(api.POST('/api/password-reset/', { body: { email }, ...call }), 'flow'),
    async resetPassword(reset, call) {
      const body = reset as Schemas['PasswordResetConfirmation'];
      await expectOurs(api.POST('/api/password-reset/confirm/', { body, ...call }), 'success');
    },
    requestEmailVerification: (call) =>
      expectOurs(api.POST('/api/me/email-verification/', call), 'flow'),
    verifyEmail: (body, call) =>
      expectOurs(api.POST('/api/me/email-verification/confirm/', { body, ...call }), 'id'),
    requestEmailChange: (body, call) =>
      expectOurs(api.POST('/api/me/email/', { body, ...call }), 'flow'),
    confirmEmailChange: (body, call) =>
      expectOurs(api.POST('/api/me/email/confirm/', { body, ...call }), 'id'),
    async undoEmailChange(token, call) {
      await expectOurs(api.POST('/api/email-undo/', { body: { token }, ...call }), 'success');
    },
    notMe: (body, call) =>
      expectOurs(api.POST('/api/not-me/', { body, ...call }), 'ended_sessions'),
    readProfile: (call) => expectOurs(api.GET('/api/me/', call), 'id'),
    changeProfile: (body, call) => expectOurs(api.PATCH('/api/me/', { body, ...call }), 'id'),
    async changePassword(body, call) {
      await expectOurs(api.POST('/api/me/password/', { body, ...call }), 'success');
    },
    async reauthenticate(body, call) {
      await expectOurs(api.POST('/api/me/reauthenticate/', { body, ...call }), 'recent_until');
    },
    listSessions: async (call) =>
      (await expectOurs(api.GET('/api/sessions/', call), 'sessions')).sessions,
    async endSession(id, call) {
      const params = { path: { id } };
      await expectOurs(api.DELETE('/api/sessions/{id}/', { params, ...call }), 'ended');
    },
    endOtherSessions: async (call) =>
      (await expectOurs(api.DELETE('/api/sessions/', call), 'ended')).ended,
    ...factorCalls(api, keeper),
    close: () => keeper.close(),
  };
  // `calls` has getters, which a copy would not have.
  return (dispose ? Object.assign(calls, { [dispose]: calls.close }) : calls) as Latchkey;
}

/** Of a URL that may be relative to the page. */
function originOf(url: string): string {
  const { location } = globalThis as { location?: { href: string } };
  return new URL(url, location?.href).origin;
}

/** As browsers write it. A path would promise that the token goes nowhere else on that server. */
function checkOrigin(text: string): string {
  const { origin, href } = new URL(text);
  if (href !== `${origin}/`) throw new TypeError(`${text} is not an origin, such as ${origin}.`);
  return origin;
}
