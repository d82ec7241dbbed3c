import { parseRecord } from './session-record.ts';

/**
 * Where a session is kept: one text, which is the client's alone to read. A storage may be shared by
 * several tabs or processes; then it should say when another of them has written, and let one at a time
 * do what must not happen twice.
 */
export interface SessionStorage {
  /** `null` if nothing was written. */
  read(): string | null | Promise<string | null>;
  write(text: string): void | Promise<void>;
  /** Calls back when another tab has written. The answer ends that. */
  subscribe?(changed: () => void): () => void;
  /** Runs the task while nobody else runs one on this storage. Without it others may, at the same moment. */
  exclusively?<T>(task: Exclusive<T>): Promise<T>;
}

/** What others may not do meanwhile. */
export type Exclusive<T> = (turn: Turn) => Promise<T>;

export interface Turn {
  /** Somebody else had the turn before, so that what it wrote may be on its way here. */
  readonly hadToWait: boolean;
  /** Others really are kept out. */
  readonly isAlone: boolean;
}

/** Lets the tasks that are begun here run one after the other. */
export function createQueue(isAlone: boolean): <T>(task: Exclusive<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(() => task({ hadToWait: false, isAlone }));
    last = result.catch(() => undefined);
    return result;
  };
}

/** In this tab or process alone, and gone with it. */
export function memoryStorage(): SessionStorage {
  let text: string | null = null;
  return {
    read: () => text,
    write(written) {
      text = written;
    },
    exclusively: createQueue(true),
  };
}

/** A storage for pages is used outside of a page. */
export class NoPageError extends Error {}

/** A page, or a worker of one. */
function hasPage(): boolean {
  return 'document' in globalThis || 'importScripts' in globalThis;
}

/** @throws NoPageError on a server if all users would share it */
function requirePage(name: string): void {
  if (hasPage()) return;
  throw new NoPageError(
    `${name} is for pages: on a server all users would share it. Use memoryStorage(), and one client for each request.`,
  );
}

/** The parts of `localStorage` that are needed. */
interface Store {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
  removeItem(key: string): void;
}

/** Looked up at use: a module may be loaded outside of a page, and workers have none. */
const localStore = () => (globalThis as unknown as { localStorage: Store }).localStorage;

/**
 * In `localStorage`: the tabs of a site share one session, which outlives them. Every script of the page
 * can read it there; docs/guide/client-library.md weighs that.
 */
export function browserStorage(key = 'latchkey'): SessionStorage {
  function store(): Store {
    requirePage('browserStorage()');
    return localStore();
  }
  return {
    read: () => store().getItem(key),
    write: (text) => store().setItem(key, text),
    subscribe(changed) {
      // Unlike a message, it comes when what was written can be read here.
      const target = globalThis as unknown as Partial<EventTarget>;
      const listener = (event: Event & { key?: string | null }) => {
        if (event.key === key || event.key === null) changed();
      };
      target.addEventListener?.('storage', listener);
      return () => target.removeEventListener?.('storage', listener);
    },
    exclusively: (task) => withLock(`latchkey:${key}`, task),
  };
}

/** What tabs say to each other. */
type Message = { readonly text: string } | { readonly asks: true };

/** How long a new tab waits for what the others know. */
const askMs = 60;

/**
 * In the memory of the tabs of a site, which tell each other. It is gone with the last tab. For sites whose refresh
 * token is in a cookie that scripts cannot see. Only the key of a refresh under way is written down, which is not a
 * secret: a page that is reloaded in the middle repeats that refresh.
 */
export function tabStorage(name = 'latchkey'): SessionStorage {
  let text: string | null = null;
  let channel: BroadcastChannel | undefined;
  let firstRead: Promise<void> | undefined;
  const listeners = new Set<() => void>();
  const noteName = `latchkey:${name}:refresh`;

  function open(): BroadcastChannel | undefined {
    if (channel || !hasPage() || typeof BroadcastChannel === 'undefined') return channel;
    channel = new BroadcastChannel(`latchkey:${name}`);
    channel.onmessage = ({ data }: { data: Message }) => {
      if ('asks' in data) {
        if (text !== null) channel?.postMessage({ text });
      } else if (versionOf(data.text) > versionOf(text)) {
        text = data.text;
        for (const listener of listeners) listener();
      }
    };
    return channel;
  }

  /** A refresh that was begun by a page that is gone. */
  function begun(): string | null {
    try {
      return localStore().getItem(noteName);
    } catch {
      return null;
    }
  }

  function noteBegun(): void {
    const { version, key } = parseRecord(text, Date.now());
    try {
      if (key !== undefined) localStore().setItem(noteName, JSON.stringify({ version, key }));
      else localStore().removeItem(noteName);
    } catch {
      // then it is not written down
    }
  }

  /** Asks the other tabs, once. */
  function ask(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        listeners.delete(done);
        resolve();
      };
      listeners.add(done);
      open()?.postMessage({ asks: true });
      setTimeout(done, askMs);
    });
  }

  return {
    async read() {
      requirePage('tabStorage()');
      if (text === null && open()) {
        firstRead ??= ask();
        await firstRead;
      }
      text ??= begun();
      return text;
    },
    write(written) {
      text = written;
      noteBegun();
      open()?.postMessage({ text });
    },
    subscribe(changed) {
      listeners.add(changed);
      open();
      return () => {
        listeners.delete(changed);
        if (listeners.size > 0) return;
        channel?.close();
        channel = undefined;
      };
    },
    exclusively: (task) => withLock(`latchkey:${name}`, task),
  };
}

/** The greater one is the later one. */
function versionOf(text: string | null): number {
  return parseRecord(text, Date.now()).version;
}

/** After that a tab goes ahead without its turn: the browser may have frozen the tab that has it. */
const maxTurnMs = 5_000;

/** The part of `navigator.locks` that is needed. */
interface Locks {
  request<T>(
    name: string,
    options: { ifAvailable?: boolean; signal?: AbortSignal },
    run: (lock: unknown) => Promise<T>,
  ): Promise<T>;
}

/**
 * Web Locks, which browsers have in secure contexts. Without them the task runs at once: the session
 * survives that, because all tabs repeat the same request with the same key.
 */
async function withLock<T>(name: string, task: Exclusive<T>): Promise<T> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {};
  if (!locks) return task({ hadToWait: false, isAlone: false });
  let hadToWait = false;
  let isMine = false;
  const run = async (lock: unknown) => {
    if (!lock) return undefined;
    isMine = true;
    return { result: await task({ hadToWait, isAlone: true }) };
  };
  try {
    const atOnce = await locks.request(name, { ifAvailable: true }, run);
    if (atOnce) return atOnce.result;
    hadToWait = true;
    const later = await locks.request(name, { signal: AbortSignal.timeout(maxTurnMs) }, run);
    if (later) return later.result;
  } catch (error) {
    if (isMine) throw error; // else the time was over, or this page may have no locks
  }
  return task({ hadToWait, isAlone: false });
}
