import type { Environment } from './environment.ts';
import { hasMoved, parseRecord, type SessionRecord } from './session-record.ts';
import { createQueue, NoPageError, type SessionStorage, type Turn } from './storage.ts';

/** What another tab has written may take as long to be readable here. */
const settleMs = 30;
const settleTries = 4;

/** The record of a session in its storage, whatever that one can and cannot do. */
export interface SessionStore {
  read(): Promise<SessionRecord>;
  write(record: SessionRecord): Promise<SessionRecord>;
  /** Waits for what another tab has written in its turn. */
  readNewer(thanVersion: number): Promise<SessionRecord>;
  /** Waits for the tokens of another tab that was faster, if there is one. */
  readMoved(from: SessionRecord, ms: number, signal: AbortSignal): Promise<SessionRecord>;
  /** Waits until every tab that is here at the same moment has written. */
  readSettled(): Promise<SessionRecord>;
  /** Runs the task while no other tab writes. */
  exclusively<T>(task: (turn: Turn) => Promise<T>): Promise<T>;
}

export function createSessionStore(
  storage: SessionStorage,
  { sleep, wallMs }: Pick<Environment, 'sleep' | 'wallMs'>,
): SessionStore {
  let unsaved: SessionRecord | undefined;
  const queue = createQueue(false);

  /** A storage that fails, because it is full or forbidden, is none: then this tab remembers. */
  async function read(): Promise<SessionRecord> {
    const text = await (async () => storage.read())().catch((error) => {
      if (error instanceof NoPageError) throw error;
      return null;
    });
    const stored = parseRecord(text, wallMs());
    return unsaved && unsaved.version > stored.version ? unsaved : stored;
  }

  async function readUntil(
    isDone: (record: SessionRecord) => boolean,
    tries: number,
    signal?: AbortSignal,
  ): Promise<SessionRecord> {
    let record = await read();
    for (let left = tries; left > 0 && !isDone(record) && !signal?.aborted; left -= 1) {
      await sleep(settleMs, signal);
      record = await read();
    }
    return record;
  }

  return {
    read,
    async write(record) {
      unsaved = record;
      try {
        await storage.write(JSON.stringify(record));
        unsaved = undefined;
      } catch {}
      return record;
    },
    readNewer: (version) => readUntil((record) => record.version > version, settleTries),
    readMoved: (from, ms, signal) =>
      readUntil((record) => hasMoved(from, record), Math.ceil(ms / settleMs), signal),
    async readSettled() {
      await sleep(settleMs);
      return read();
    },
    exclusively: (task) => (storage.exclusively ? storage.exclusively(task) : queue(task)),
  };
}
