import { setImmediate } from 'node:timers/promises';
import type { TestServer } from '../../test/harness.ts';
import {
  createLatchkey,
  type Latchkey,
  type SessionEnd,
  type SessionStorage,
  type Turn,
} from '../src/index.ts';

/**
 * Tabs of one browser, a network that can fail in every way, and a clock that stands still until
 * everybody waits for it: hours of use in milliseconds, the same each time.
 */

/** What becomes of a request. */
export type Fate =
  | 'arrives'
  /** It never reaches the server. */
  | 'lost'
  /** It reaches the server, and the answer is lost: the connection breaks. */
  | 'answer lost'
  /** As before, and nobody says so. */
  | 'answer swallowed'
  /** The answer takes a while, so that later ones overtake it. */
  | 'late'
  /** A proxy answers for the server. */
  | 'proxy error';

export interface Tab {
  readonly client: Latchkey;
  readonly ends: SessionEnd[];
  /** The page goes away in the middle of whatever it was doing. */
  kill(): void;
  /**
   * The browser stops the page, as it does in the background. The answer lets it go on.
   *
   * @param first what the page then sees first: an answer that waits, or that its time is over
   */
  freeze(first: 'answer' | 'timeout'): () => void;
}

interface Sleeper {
  readonly atMs: number;
  wake(): void;
}

const startMs = Date.parse('2026-03-01T00:00:00Z');
const forever = new Promise<never>(() => undefined);

export type World = ReturnType<typeof createWorld>;

interface WorldOptions {
  readonly hasLocks: boolean;
  /** How long a tab does not see what another one has written. */
  readonly lagMs?: number;
}

export function createWorld(server: TestServer, { hasLocks, lagMs = 0 }: WorldOptions) {
  let nowMs = 0;
  let busy = 0;
  let sleepers: Sleeper[] = [];
  /** When each refresh was granted, one entry for each new refresh token. */
  const refreshes = new Map<string, number>();
  const fates: Fate[] = [];
  const shared = createSharedStorage(lagMs);

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const sleeper = { atMs: nowMs + Math.max(ms, 0), wake: () => end() };
      const end = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      sleepers.push(sleeper);
      if (signal?.aborted) end();
      signal?.addEventListener('abort', end);
    });
  }

  /** Lets the clock run until the task is done. */
  async function run<T>(task: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    task.then(done, done);
    for (let idle = 0; !isDone; idle += 1) {
      await setImmediate();
      if (busy > 0) idle = 0;
      if (isDone || idle < 4) continue;
      const [next] = sleepers.toSorted((a, b) => a.atMs - b.atMs);
      if (!next) throw new Error('Everybody waits, and for nothing.');
      server.clock.advance(next.atMs - nowMs);
      nowMs = next.atMs;
      next.wake();
      idle = 0;
    }
    return task;
  }

  /** The real server, which answers in no time on this clock. */
  async function ask(request: Request): Promise<Response> {
    busy += 1;
    try {
      const { status, headers, body } = await read(await fetch(request));
      if (request.url.endsWith('/api/refresh/') && status === 200) {
        const token = JSON.parse(body).refresh_token;
        if (!refreshes.has(token)) refreshes.set(token, nowMs);
      }
      return new Response(status === 204 ? null : body, { status, headers });
    } finally {
      busy -= 1;
    }
  }

  async function send(request: Request): Promise<Response> {
    const fate = fates.shift() ?? 'arrives';
    if (fate === 'proxy error') return new Response('<h1>Bad Gateway</h1>', { status: 502 });
    if (fate === 'lost') throw new TypeError('lost on the way');
    const copy = new Request(request, { signal: null });
    const answer = await ask(copy);
    // How long other calls wait is their caller's to say.
    if (fate === 'answer swallowed' && request.url.endsWith('/api/refresh/')) return forever;
    if (fate.startsWith('answer')) throw new TypeError('the connection broke');
    if (fate === 'late') await sleep(2_500);
    return answer;
  }

  /** @param skewMs how far the clock of the device is from the server's */
  function openTab(skewMs = 0): Tab {
    let isAlive = true;
    let answers: Promise<void> | undefined;
    let timers: Promise<void> | undefined;
    const ends: SessionEnd[] = [];
    const storage = shared.open(hasLocks, () => isAlive, sleep);
    const client = createLatchkey({
      baseUrl: server.origin,
      storage,
      onSessionEnd: (end) => ends.push(end),
      environment: {
        wallMs: () => startMs + nowMs + skewMs,
        monotonicMs: () => nowMs,
        sleep: async (ms, signal) => {
          await sleep(ms, signal);
          await timers;
        },
        random: () => 0.5,
        fetch: async (request) => {
          if (!isAlive) return forever;
          const response = await send(request).catch((error) => {
            if (isAlive) throw error;
            return forever;
          });
          await answers;
          return isAlive ? response : forever;
        },
      },
    });
    return {
      client,
      ends,
      kill() {
        isAlive = false;
        client.close();
        shared.leave(storage);
      },
      freeze(first) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const later = promise.then(async () => {
          busy += 1;
          for (let turns = 0; turns < 20; turns += 1) await setImmediate();
          busy -= 1;
        });
        answers = first === 'answer' ? promise : later;
        timers = first === 'answer' ? later : promise;
        return resolve;
      },
    };
  }

  return {
    openTab,
    run,
    wallMs: () => startMs + nowMs,
    wait: (ms: number) => run(sleep(ms)),
    /** What becomes of the next requests. */
    plan: (...next: Fate[]) => fates.push(...next),
    heal: () => fates.splice(0),
    refreshes: () => [...refreshes.values()],
    stored: () => JSON.parse(shared.text() ?? '{}'),
    store: (record: object) => shared.restore(JSON.stringify(record)),
  };
}

async function read(response: Response) {
  const { status, headers } = response;
  return { status, headers, body: await response.text() };
}

/** What `localStorage` and Web Locks do for the tabs of a site. */
function createSharedStorage(lagMs: number) {
  let text: string | null = null;
  let holder: SessionStorage | undefined;
  const waiting: { readonly storage: SessionStorage; enter(): void }[] = [];
  const listeners = new Map<SessionStorage, (written: string) => void>();

  function unlock(storage: SessionStorage): void {
    if (holder !== storage) return;
    const next = waiting.shift();
    holder = next?.storage;
    next?.enter();
  }

  /** What a browser does when a tab is closed. */
  function leave(storage: SessionStorage): void {
    for (const place of waiting.filter((other) => other.storage === storage)) {
      waiting.splice(waiting.indexOf(place), 1);
    }
    listeners.delete(storage);
    unlock(storage);
  }

  // Which of the two comes first, the news of what was written or the turn to write, is not said.
  const newsMs = 5;
  let turns = 0;
  function turnMs(): number {
    turns += 1;
    return turns % 2 === 0 ? 0 : 2 * newsMs;
  }

  function open(
    hasLocks: boolean,
    isAlive: () => boolean,
    sleep: (ms: number) => Promise<void>,
  ): SessionStorage {
    const alone = async <T>(task: (turn: Turn) => Promise<T>): Promise<T> => {
      const hadToWait = holder !== undefined;
      if (hadToWait) {
        await new Promise<void>((enter) => waiting.push({ storage, enter }));
        await sleep(turnMs());
      }
      holder = storage;
      try {
        return await task({ hadToWait, isAlone: true });
      } finally {
        unlock(storage);
      }
    };
    const atOnce = <T>(task: (turn: Turn) => Promise<T>) =>
      task({ hadToWait: false, isAlone: false });
    let seen = text;
    let changed = () => {};
    const storage: SessionStorage = {
      read() {
        if (lagMs === 0) seen = text;
        return seen;
      },
      write(written) {
        if (!isAlive()) return;
        text = written;
        seen = written;
        for (const [other, changed] of listeners) {
          if (other !== storage) sleep(lagMs || newsMs).then(() => changed(written));
        }
      },
      subscribe(next) {
        changed = next;
        return () => {
          changed = () => {};
        };
      },
      exclusively: hasLocks ? alone : atOnce,
    };
    // What others have written can be read here after a while, whether anybody listens or not.
    listeners.set(storage, (written) => {
      seen = written;
      changed();
    });
    return storage;
  }

  return {
    open,
    leave,
    text: () => text,
    restore(written: string) {
      text = written;
    },
  };
}
