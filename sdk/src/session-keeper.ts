import type { Environment } from './environment.ts';
import { LatchkeyError } from './errors.ts';
import { freshness, type HeldToken, hold, isSameSession } from './held-token.ts';
import { sendUntilAnswered, withTimeout } from './retries.ts';
import type { SessionEndCause, SessionListeners } from './session.ts';
import {
  hasMoved,
  type SessionRecord,
  withKey,
  withoutSession,
  withTokens,
} from './session-record.ts';
import { createSessionStore } from './session-store.ts';
import type { SessionStorage, Turn } from './storage.ts';
import type { Credentials, SessionTransport, Tokens } from './transport.ts';

/**
 * Keeps one session: the state that the storage has is the truth, and this tab follows it. Whatever
 * changes it happens in its turn (`exclusively`), and begins by reading it.
 */
export interface SessionKeeper {
  readonly current: HeldToken | undefined;
  /** Why the last session ended, where there is none. */
  readonly endCause: SessionEndCause | undefined;
  /** What the storage has. Asks the server where only that knows. */
  load(): Promise<HeldToken | undefined>;
  /** A token to send; undefined where nobody is signed in. */
  usable(): Promise<HeldToken | undefined>;
  /** Another token than one that the server has just refused. */
  renewed(refused: HeldToken): Promise<HeldToken | undefined>;
  signIn(credentials: Credentials, signal?: AbortSignal): Promise<HeldToken>;
  /** @returns whether the server knows it */
  signOut(): Promise<boolean>;
  /** The server has said that the session of this token is over. */
  ended(token: HeldToken, cause: SessionEndCause): Promise<void>;
  close(): void;
}

interface KeeperDeps {
  readonly storage: SessionStorage;
  readonly transport: SessionTransport;
  readonly environment: Environment;
  readonly listeners: SessionListeners;
}

const signOutMs = 4_000;

export function createSessionKeeper(deps: KeeperDeps): SessionKeeper {
  const { storage, transport, environment, listeners } = deps;
  const { read, write, exclusively, ...store } = createSessionStore(storage, environment);
  let held: HeldToken | undefined;
  let endCause: SessionEndCause | undefined;
  let seenVersion = 0;
  let loading: Promise<void> | undefined;
  let renewal: Promise<HeldToken | undefined> | undefined;
  /** The server wants to be left alone until then. */
  let pause: { readonly untilMs: number; readonly error: LatchkeyError } | undefined;
  /** Ends a refresh that is under way. */
  let leaving = new AbortController();

  /** This tab takes over what the storage has, and tells the application what is new about it. */
  function follow(record: SessionRecord): HeldToken | undefined {
    // Overtaken by what came after it; unless there is nothing, because it was cleared.
    if (record.version < seenVersion && record.version !== 0) return held;
    seenVersion = record.version;
    endCause = record.endCause as SessionEndCause | undefined;
    const before = held;
    if (before?.token === record.access) return held;
    held = heldOf(record);
    const isSame = before && held && isSameSession(before, held);
    if (before && !isSame) {
      const cause = held ? 'replaced' : (endCause ?? 'storage_cleared');
      tell(() => listeners.onSessionEnd?.({ cause, session: before.session }));
    }
    if (held && !isSame) {
      const { session } = held;
      tell(() => listeners.onSessionStart?.(session));
    }
    return held;
  }

  function heldOf({ access, receivedAtMs = 0 }: SessionRecord): HeldToken | undefined {
    return access === undefined ? undefined : hold(access, receivedAtMs, environment);
  }

  function isUsable(token: HeldToken): boolean {
    return ['fresh', 'soon'].includes(freshness(token, environment));
  }

  async function load(): Promise<HeldToken | undefined> {
    loading ??= loadOnce().catch((error) => {
      loading = undefined;
      throw error;
    });
    await loading;
    return held;
  }

  async function loadOnce(): Promise<void> {
    const record = await read();
    follow(record);
    const mayBeThere = transport.keepsRefreshToken && record.endCause === undefined;
    if (!held && mayBeThere) await renew();
  }

  /** For all who ask meanwhile, once. */
  function renew(): Promise<HeldToken | undefined> {
    const old = held; // by its turn this tab may know of another one
    renewal ??= exclusively((turn) => renewInTurn(old, turn)).finally(() => {
      renewal = undefined;
    });
    return renewal;
  }

  async function renewInTurn(
    old: HeldToken | undefined,
    { hadToWait, isAlone }: Turn,
  ): Promise<HeldToken | undefined> {
    let record = await (hadToWait ? store.readNewer(seenVersion) : read());
    if (follow(record) !== old && held && isUsable(held)) return held; // another tab was faster
    if (record.refresh === undefined && !transport.keepsRefreshToken) return held;
    if (record.key === undefined) {
      record = await write(withKey(record, newKey(), environment.wallMs()));
      if (!isAlone) record = await withKeyOfAll(record);
      follow(record);
    }
    return exchange(record, record.key ?? newKey(), isAlone);
  }

  /** The tokens for the next ones. */
  async function exchange(
    record: SessionRecord,
    idempotencyKey: string,
    isAlone: boolean,
  ): Promise<HeldToken | undefined> {
    let sentAtMs = environment.wallMs();
    let tokens: Tokens | undefined;
    try {
      const send = async (signal: AbortSignal) => {
        // The browser may have frozen this tab since the last try. By now the others may be two refreshes
        // ahead, and then this token would look stolen.
        if (hasMoved(record, await read())) return undefined;
        sentAtMs = environment.wallMs();
        return transport.refresh({ refreshToken: record.refresh, idempotencyKey, signal });
      };
      // A cookie that an answer brings is not ours to refuse: then that answer is waited for.
      const mayCut = !transport.keepsRefreshToken;
      tokens = await sendUntilAnswered(send, environment, { signal: leaving.signal, mayCut });
    } catch (error) {
      return refreshFailed(record, error as LatchkeyError, isAlone);
    }
    pause = undefined;
    const now = await read();
    if (!tokens || hasMoved(record, now)) return follow(now);
    return start(now, tokens, sentAtMs);
  }

  async function start(
    record: SessionRecord,
    tokens: Tokens,
    receivedAtMs: number,
  ): Promise<HeldToken | undefined> {
    const times = { receivedAtMs, nowMs: environment.wallMs() };
    return follow(await write(withTokens(record, tokens, times)));
  }

  async function end(record: SessionRecord, cause: string): Promise<void> {
    follow(await write(withoutSession(record, cause, environment.wallMs())));
  }

  /** @throws LatchkeyError where it says nothing about the session */
  async function refreshFailed(
    record: SessionRecord,
    error: LatchkeyError,
    isAlone: boolean,
  ): Promise<HeldToken | undefined> {
    if (!isRefusal(error)) {
      const waitMs = (error.retryAfterSeconds ?? 1) * 1_000;
      pause = { untilMs: environment.monotonicMs() + waitMs, error };
      throw error;
    }
    // Refused because another tab was faster, where nothing keeps tabs from that?
    const isRace = error.code === 'invalid_refresh_token' && !isAlone;
    const now = await (isRace ? store.readMoved(record) : read());
    if (hasMoved(record, now)) return follow(now);
    await end(now, error.code);
    return undefined;
  }

  /** Tabs that begin at the same moment take the key of the last one. */
  async function withKeyOfAll(record: SessionRecord): Promise<SessionRecord> {
    const now = await store.readSettled();
    return hasMoved(record, now) ? record : now;
  }

  async function usable(): Promise<HeldToken | undefined> {
    await load();
    if (!held) return undefined;
    const state = freshness(held, environment);
    if (state === 'fresh') return held;
    const isPaused = pause !== undefined && environment.monotonicMs() < pause.untilMs;
    if (state === 'soon') {
      if (!isPaused) renew().catch(() => undefined); // whoever needs it will ask again
      return held;
    }
    const last = held;
    try {
      if (isPaused && pause?.error.retryAfterSeconds !== undefined) throw pause.error;
      return await renew();
    } catch (error) {
      if (state === 'due') return last;
      throw error;
    }
  }

  async function renewed(refused: HeldToken): Promise<HeldToken | undefined> {
    const next = held?.token === refused.token ? await renew() : held;
    // Never in the name of somebody else, who has signed in meanwhile.
    const isSame = next && next.token !== refused.token && isSameSession(next, refused);
    return isSame ? next : undefined;
  }

  async function signIn(credentials: Credentials, signal?: AbortSignal): Promise<HeldToken> {
    const { proof, access } = await read();
    const sentAtMs = environment.wallMs();
    const tokens = await transport.signIn(credentials, { proof: access ?? proof, signal });
    const { before, after } = await atOnce(async () => {
      const before = await read();
      loading = Promise.resolve();
      return { before, after: await start(before, tokens, sentAtMs) };
    });
    // Where it is in a cookie, the server has met the older one with the sign-in.
    if (before.access !== undefined && !transport.keepsRefreshToken) await endAtServer(before);
    if (after) return after;
    throw new LatchkeyError('unexpected_answer', 'The access token cannot be read.');
  }

  async function signOut(): Promise<boolean> {
    const before = await atOnce(async () => {
      const record = await read();
      if (record.access !== undefined) await end(record, 'logged_out');
      return record;
    });
    return before.access === undefined || endAtServer(before);
  }

  /** Does not wait for a refresh that is under way: what comes of it is not wanted any more. */
  function atOnce<T>(task: () => Promise<T>): Promise<T> {
    leaving.abort();
    leaving = new AbortController();
    return exclusively(task);
  }

  /** The session is over here already: that the server learns of it too is tried once. */
  async function endAtServer({ access = '', refresh, key }: SessionRecord): Promise<boolean> {
    try {
      await withTimeout(
        async (signal) => {
          let last = { refreshToken: refresh, accessToken: access };
          if (key !== undefined && refresh !== undefined) {
            // A refresh was begun: its tokens count, and the older one would end nothing.
            const request = { refreshToken: refresh, idempotencyKey: key, signal };
            const tokens = await transport.refresh(request);
            last = { refreshToken: tokens.refresh_token, accessToken: tokens.access_token };
          }
          await transport.signOut({ ...last, signal });
        },
        signOutMs,
        environment,
      );
      return true;
    } catch (error) {
      return isRefusal(error); // it was over there before
    }
  }

  async function ended(token: HeldToken, cause: SessionEndCause): Promise<void> {
    await exclusively(async () => {
      const record = await read();
      const now = heldOf(record);
      if (now && isSameSession(now, token)) await end(record, cause);
      else follow(record);
    });
  }

  const unsubscribe = storage.subscribe?.(() => {
    if (loading) read().then(follow, () => undefined);
  });

  return {
    get current() {
      return held;
    },
    get endCause() {
      return endCause;
    },
    load,
    usable,
    renewed,
    signIn,
    signOut,
    ended,
    close: () => unsubscribe?.(),
  };
}

/**
 * Whether the server refuses the refresh token for good. It always says so in these words, and for more
 * causes than this version of the client may know. 401: there was none.
 */
function isRefusal(error: unknown): boolean {
  const { status, problem } = error as LatchkeyError;
  if (status === 401) return problem !== undefined;
  return status === 400 && problem?.error === 'Invalid refresh token';
}

/** New for each refresh. `randomUUID` would need a secure context. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What the application does about it is not ours to fail with. */
function tell(listener: () => void): void {
  queueMicrotask(listener);
}
