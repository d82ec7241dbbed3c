import createFetchClient, { type Client } from 'openapi-fetch';
import { createAuthorizedFetch, orAborted } from './authorized-fetch.ts';
import { type Environment, platform } from './environment.ts';
import { errorOfBody, LatchkeyError } from './errors.ts';
import type { components, paths } from './openapi.ts';
import type { Session, SessionEndCause, SessionListeners } from './session.ts';
import { createSessionKeeper } from './session-keeper.ts';
import { memoryStorage, type SessionStorage } from './storage.ts';
import { apiTransport, type Credentials, type SessionTransport } from './transport.ts';

type Schemas = components['schemas'];
export type Profile = Schemas['Profile'];
export type OwnSession = Schemas['SessionList']['sessions'][number];

export interface LatchkeyOptions extends SessionListeners {
  /** Where Latchkey is, without a slash at the end; in a browser, without it, where the page is from. */
  readonly baseUrl?: string;
  /** Where the session is kept; without it in memory. */
  readonly storage?: SessionStorage;
  /** Other servers that `fetch` sends the access token to: origins such as `https://api.example.com`. */
  readonly origins?: readonly string[];
  /** How to sign in, refresh and sign out, where that is not by Latchkey's own endpoints. */
  readonly transport?: SessionTransport;
  /** For tests: another clock, another network. */
  readonly environment?: Partial<Environment>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** One user of one Latchkey server. */
export interface Latchkey extends Disposable {
  /** As far as this tab knows; undefined while nobody is signed in, and before `ready`. */
  readonly session: Session | undefined;
  /** Why the last session ended, where there is none: for the page on which the user signs in again. */
  readonly endCause: SessionEndCause | undefined;
  /**
   * Looks whether there is a session. Every other function does that first.
   *
   * @throws LatchkeyError where only the server knows, and it does not answer
   */
  ready(): Promise<Session | undefined>;

  /** Makes an account. It is not signed in yet. */
  signUp(account: Schemas['Registration'], options?: CallOptions): Promise<Profile>;
  /** A session that is there already ends. */
  signIn(credentials: Credentials, options?: CallOptions): Promise<Session>;
  /**
   * Ends the session, here and in every other tab, whether the server can be reached or not.
   *
   * @returns whether the server knows it; if not, the session lives there until it expires
   */
  signOut(): Promise<boolean>;

  /** For what is not sent by `fetch`, such as a WebSocket. Good for some seconds at least. */
  accessToken(options?: CallOptions): Promise<string | undefined>;
  /** `fetch` with the access token, for Latchkey and the `origins` of the options, and no others. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /** Every endpoint, typed. Answers `{ data }` or `{ error }`; see `unwrap`. */
  readonly api: Client<paths>;

  readProfile(options?: CallOptions): Promise<Profile>;
  changeProfile(change: Schemas['ProfileChange'], options?: CallOptions): Promise<Profile>;
  /** Every other session of the user ends. */
  changePassword(change: Schemas['PasswordChange'], options?: CallOptions): Promise<void>;
  listSessions(options?: CallOptions): Promise<OwnSession[]>;
  endSession(id: number, options?: CallOptions): Promise<void>;
  /** @returns how many there were */
  endOtherSessions(options?: CallOptions): Promise<number>;

  /** Lets go of what it listens to. The session stays. */
  close(): void;
}

/** Makes a client. Nothing is asked of the server, nor of the page, until it is used. */
export function createLatchkey(options: LatchkeyOptions = {}): Latchkey {
  const environment = { ...platform, ...options.environment };
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '');
  const keeper = createSessionKeeper({
    storage: options.storage ?? memoryStorage(),
    transport: options.transport ?? apiTransport(baseUrl, environment),
    environment,
    listeners: options,
  });
  const isOurs = (url: string) => originOf(url) === originOf(baseUrl);
  const fetch = createAuthorizedFetch({
    keeper,
    environment,
    isOurs,
    isTrusted: (url) => isOurs(url) || (options.origins ?? []).includes(originOf(url)),
  });
  const api = createFetchClient<paths>({ baseUrl, fetch });

  return {
    get session() {
      return keeper.current?.session;
    },
    get endCause() {
      return keeper.endCause;
    },
    ready: async () => (await keeper.load())?.session,
    signUp: (body, call) => unwrap(api.POST('/api/register/', { body, ...call })),
    signIn: async (credentials, call) => (await keeper.signIn(credentials, call?.signal)).session,
    signOut: () => keeper.signOut(),
    accessToken: async (call) => (await orAborted(keeper.usable(), call?.signal))?.token,
    fetch: async (input, init) => fetch(new Request(input, init)),
    api,
    readProfile: (call) => unwrap(api.GET('/api/me/', { ...call })),
    changeProfile: (body, call) => unwrap(api.PATCH('/api/me/', { body, ...call })),
    async changePassword(body, call) {
      await unwrap(api.POST('/api/me/password/', { body, ...call }));
    },
    async listSessions(call) {
      return (await unwrap(api.GET('/api/sessions/', { ...call }))).sessions;
    },
    async endSession(id, call) {
      await unwrap(api.DELETE('/api/sessions/{id}/', { params: { path: { id } }, ...call }));
    },
    async endOtherSessions(call) {
      return (await unwrap(api.DELETE('/api/sessions/', { ...call }))).ended;
    },
    close: () => keeper.close(),
    [Symbol.dispose]: () => keeper.close(),
  };
}

/** Of a URL that may be relative to the page. */
function originOf(url: string): string {
  const { location } = globalThis as { location?: { href: string } };
  return new URL(url, location?.href).origin;
}

interface Outcome {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** Undefined where the answer has no body. */
type DataOf<Of extends Outcome> = [Exclude<Of['data'], undefined>] extends [never]
  ? undefined
  : Exclude<Of['data'], undefined>;

/**
 * What a call of `api` answered.
 *
 * @throws LatchkeyError where it is no success
 */
export async function unwrap<Of extends Outcome>(call: Promise<Of>): Promise<DataOf<Of>> {
  const { data, error, response } = await call.catch((thrown) => {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const message = 'The server answered with what is not JSON.';
    throw new LatchkeyError('unexpected_answer', message, { cause: thrown });
  });
  if (!response.ok) throw errorOfBody(response, error);
  return data as DataOf<Of>;
}
