import { type DeviceTokens, deviceSignIn } from './device-tokens.ts';
import type { Environment } from './environment.ts';
import { LatchkeyError } from './errors.ts';
import { freshness, type HeldToken, hold, isSameSession } from './held-token.ts';
import { isRefusal, isUndecided } from './refusals.ts';
import { sendUntilAnswered } from './retries.ts';
import type { Session, SessionEndCause, SessionListeners } from './session.ts';
import { endAtServer } from './session-ending.ts';
import {
  hasMoved,
  newKey,
  plausible,
  type SessionRecord,
  withConfirmation,
  withKey,
  withNote,
  withoutSession,
  withTokens,
} from './session-record.ts';
import { createSessionStore } from './session-store.ts';
import type { SessionStorage, Turn } from './storage.ts';
import type { SessionTransport, SignInProof, Tokens } from './transport.ts';

/**
 * Keeps one session: the state that the storage has is the truth, and this tab follows it. Whatever
 * changes it happens in its turn (`exclusively`), and begins by reading it.
 */
export interface SessionKeeper {
  readonly current: HeldToken | undefined;
  /** Why the last session ended, if there is no session now. */
  readonly endCause: SessionEndCause | undefined;
  /** What the storage has. Asks the server where only that knows. */
  load(): Promise<HeldToken | undefined>;
  /** A token to send; undefined if nobody is signed in. */
  usable(): Promise<HeldToken | undefined>;
  /** Another token than one that the server has just refused. */
  refreshed(refused: HeldToken): Promise<HeldToken | undefined>;
  signIn(given: SignInProof, signal?: AbortSignal): Promise<SignedIn>;
  /** Whose the sign-in is that a mail was asked for. */
  noteFlow(flow: string, email: string): Promise<unknown>;
  /** @returns whether the server has ended it */
  signOut(): Promise<boolean>;
  /** The server has said that the session of this token is over. */
  ended(token: HeldToken, cause: SessionEndCause): Promise<void>;
  close(): void;
}

/** A session that has begun, and what came with it. */
export interface SignedIn {
  readonly session: Session;
  readonly tokens: Tokens;
}

interface KeeperDeps {
  readonly storage: SessionStorage;
  readonly transport: SessionTransport;
  readonly environment: Environment;
  readonly listeners: SessionListeners;
  /** Absent: beside the session. */
  readonly deviceTokens?: DeviceTokens | undefined;
}

/** How long callers wait for the server to tell a race from theft; beyond that they are told. */
const maxDoubtMs = 15_000;

export function createSessionKeeper(deps: KeeperDeps): SessionKeeper {
  const { storage, transport, environment, listeners } = deps;
  const { read, write, exclusively, ...store } = createSessionStore(storage, environment);
  let held: HeldToken | undefined;
  let endCause: SessionEndCause | undefined;
  let seenVersion = 0;
  let loading: Promise<void> | undefined;
  let refreshing: Promise<HeldToken | undefined> | undefined;
  /** The server wants to be left alone until then. */
  let pause: { readonly untilMs: number; readonly error: LatchkeyError } | undefined;
  /** Ends a refresh that is under way. */
  let leaving = new AbortController();
  /** Ends that this tab follows the others. */
  let unlisten: (() => void) | undefined;
  const devices = deviceSignIn(
    transport,
    {
      read: async (of, key) => (await read())[of]?.[key],
      write: (of, key, value) =>
        exclusively(async () => {
          follow(await write(withNote(await read(), of, key, value, nowMs())));
        }),
    },
    deps.deviceTokens,
  );
  /** Of a session that is over here, and not at the server: with it signing out can be tried again. */
  let unended: SessionRecord | undefined;

  /** This tab takes over what the storage has, and tells the application what is new about it. */
  function follow(record: SessionRecord): HeldToken | undefined {
    // Overtaken by what came after it; unless there is nothing, because it was cleared.
    if (record.version < seen() && record.version !== 0) return held;
    seenVersion = record.version;
    endCause = record.endCause as SessionEndCause | undefined;
    const before = held;
    if (before?.token === record.access) return held;
    held = heldOf(record);
    const isSame = before && held && isSameSession(before, held);
    if (before && !isSame) {
      const cause = held ? 'replaced' : (endCause ?? 'storage_cleared');
      queueMicrotask(() => listeners.onSessionEnd?.({ cause, session: before.session }));
    }
    if (held && !isSame) {
      const { session } = held;
      queueMicrotask(() => listeners.onSessionStart?.(session));
    }
    return held;
  }

  function seen(): number {
    return plausible(seenVersion, environment.wallMs());
  }

  /** Later than all that this tab has seen, even where the clock was set back. */
  function nowMs(): number {
    return Math.max(environment.wallMs(), seen() + 1);
  }

  function heldOf({ access, receivedAtMs = 0 }: SessionRecord): HeldToken | undefined {
    return access === undefined ? undefined : hold(access, receivedAtMs, environment);
  }

  function isUsable(token: HeldToken): boolean {
    return ['fresh', 'soon'].includes(freshness(token, environment));
  }

  async function load(): Promise<HeldToken | undefined> {
    listen();
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
    if (!held && mayBeThere) await refresh();
  }

  /** For all who ask meanwhile, once. */
  function refresh(): Promise<HeldToken | undefined> {
    const old = held; // by its turn this tab may know of another one
    refreshing ??= exclusively((turn) => refreshInTurn(old, turn)).finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  async function refreshInTurn(
    old: HeldToken | undefined,
    turn: Turn,
  ): Promise<HeldToken | undefined> {
    const { isAlone } = turn;
    let record = await readInTurn(turn);
    if (follow(record) !== old && held && isUsable(held)) return held; // another tab was faster
    if (record.refresh === undefined && !transport.keepsRefreshToken) return held;
    if (record.key === undefined) {
      record = await write(withKey(record, newKey(), nowMs()));
      if (!isAlone) record = await withKeyOfAll(record);
      follow(record);
    }
    return exchange(record, record.key ?? newKey(), isAlone);
  }

  /** What another tab wrote in its turn may be on its way here, even if that turn is over. */
  function readInTurn({ hadToWait, isAlone }: Turn): Promise<SessionRecord> {
    if (hadToWait) return store.readNewer(seen());
    return isAlone && storage.subscribe ? store.readSettled() : read();
  }

  /**
   * The tokens for the next ones.
   *
   * @param reportReuse somebody else came first, and no tab of this browser
   */
  async function exchange(
    record: SessionRecord,
    idempotencyKey: string,
    isAlone: boolean,
    reportReuse = false,
  ): Promise<HeldToken | undefined> {
    let sentAtMs = environment.wallMs();
    let tokens: Tokens | undefined;
    try {
      const send = async (signal: AbortSignal) => {
        // The browser may have frozen this tab since the last try. By now the others may be two refreshes
        // ahead, and then this token would look stolen.
        if (hasMoved(record, await read())) return undefined;
        sentAtMs = environment.wallMs();
        const { refresh: refreshToken } = record;
        return transport.refresh({ refreshToken, idempotencyKey, reportReuse, signal });
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
    return follow(await write(withTokens(record, tokens, receivedAtMs, nowMs())));
  }

  async function end(record: SessionRecord, cause: string): Promise<void> {
    follow(await write(withoutSession(record, cause, nowMs())));
  }

  /** @throws LatchkeyError if it says nothing about the session */
  async function refreshFailed(
    record: SessionRecord,
    error: LatchkeyError,
    isAlone: boolean,
  ): Promise<HeldToken | undefined> {
    if (!isRefusal(error)) return pauseFor(error, (error.retryAfterSeconds ?? 1) * 1_000);
    if (isUndecided(error)) return overtaken(record, error, isAlone);
    const now = await read();
    if (hasMoved(record, now)) return follow(now);
    await end(now, error.code);
    return undefined;
  }

  /**
   * Another request came first. If it was another tab, its tokens come here. If not, the same refresh makes the
   * server end the session, for every holder of its tokens: at once if it cannot have been a tab, else after the time
   * in which the server takes it for a race.
   *
   * @throws LatchkeyError if that takes too long
   */
  async function overtaken(
    record: SessionRecord,
    error: LatchkeyError,
    isAlone: boolean,
  ): Promise<HeldToken | undefined> {
    const { signal } = leaving;
    const graceMs = (error.retryAfterSeconds ?? 0) * 1_000;
    // A page that knows no tokens was perhaps opened in the middle of a refresh.
    const isTheft = isAlone && record.access !== undefined;
    if (!isTheft && graceMs > maxDoubtMs) return pauseFor(error, graceMs);
    const now = await (isTheft ? read() : store.readMoved(record, graceMs, signal));
    if (hasMoved(record, now)) return follow(now);
    if (signal.aborted) throw error;
    return exchange(now, now.key ?? newKey(), false, isTheft);
  }

  function pauseFor(error: LatchkeyError, ms: number): never {
    pause = { untilMs: environment.monotonicMs() + ms, error };
    throw error;
  }

  /** Tabs that begin at the same moment take the key of the last one. */
  async function withKeyOfAll(record: SessionRecord): Promise<SessionRecord> {
    const now = await store.readSettled();
    return hasMoved(record, now) ? record : now;
  }

  function pauseError(): LatchkeyError | undefined {
    return pause && environment.monotonicMs() < pause.untilMs ? pause.error : undefined;
  }

  /** @throws LatchkeyError at once if the server has said when to come back */
  async function refreshPolitely(): Promise<HeldToken | undefined> {
    const error = pauseError();
    if (error?.retryAfterSeconds !== undefined) throw error;
    return refresh();
  }

  async function usable(): Promise<HeldToken | undefined> {
    await load();
    if (!held) return undefined;
    const state = freshness(held, environment);
    if (state === 'fresh') return held;
    if (state === 'soon') {
      if (!pauseError()) refresh().catch(() => undefined); // the next call asks again
      return held;
    }
    const last = held;
    try {
      return await refreshPolitely();
    } catch (error) {
      if (state === 'due') return last;
      throw error;
    }
  }

  async function refreshed(refused: HeldToken): Promise<HeldToken | undefined> {
    const next = held?.token === refused.token ? await refreshPolitely() : held;
    // Never in the name of somebody else, who has signed in meanwhile.
    const isSame = next && next.token !== refused.token && isSameSession(next, refused);
    return isSame ? next : undefined;
  }

  async function signIn(given: SignInProof, signal?: AbortSignal): Promise<SignedIn> {
    listen();
    const { proof, access } = await read();
    const sentAtMs = environment.wallMs();
    const tokens = await devices.signIn(given, { proof: access ?? proof, signal });
    const { before, after } = await atOnce(async () => {
      const before = await read();
      loading = Promise.resolve();
      return { before, after: await start(before, tokens, sentAtMs) };
    });
    const replaced = before.access === undefined ? unended : before;
    unended = undefined;
    // Where it is in a cookie, the server has met the older one with the sign-in, and now has the new one.
    if (replaced && !transport.keepsRefreshToken) await endAtServer(deps, replaced);
    if (after) return { session: after.session, tokens };
    throw new LatchkeyError('unexpected_answer', 'The access token cannot be read.');
  }

  async function signOut(): Promise<boolean> {
    listen();
    await atOnce(async () => {
      const record = await read();
      const mayBeThere = record.access !== undefined || transport.keepsRefreshToken;
      if (!mayBeThere) return;
      unended = record;
      const ended = withoutSession(record, 'logged_out', nowMs());
      follow(await write({ ...ended, isUnconfirmed: true }));
    });
    const last = unended;
    if (!last) return !(await read()).isUnconfirmed; // where another tab has its tokens
    if (!(await endAtServer(deps, last))) return false;
    if (unended === last) unended = undefined;
    await exclusively(async () => {
      const record = await read();
      if (record.isUnconfirmed) follow(await write(withConfirmation(record, nowMs())));
    });
    return true;
  }

  /** Does not wait for a refresh that is under way: what comes of it is not wanted any more. */
  function atOnce<T>(task: () => Promise<T>): Promise<T> {
    leaving.abort();
    leaving = new AbortController();
    return exclusively(task);
  }

  async function ended(token: HeldToken, cause: SessionEndCause): Promise<void> {
    await exclusively(async () => {
      const record = await read();
      const now = heldOf(record);
      if (now && isSameSession(now, token)) await end(record, cause);
      else follow(record);
    });
  }

  /** Follows the other tabs, from the first use on. */
  function listen(): void {
    unlisten ??= storage.subscribe?.(() => {
      if (loading) read().then(follow, () => undefined);
    });
  }

  function close(): void {
    unlisten?.();
    unlisten = undefined;
  }

  return {
    get current() {
      return held;
    },
    get endCause() {
      return endCause;
    },
    load,
    usable,
    refreshed,
    signIn,
    noteFlow: devices.noteFlow,
    signOut,
    ended,
    close,
  };
}
