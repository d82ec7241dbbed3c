import { closeSync, fdatasync, openSync, realpathSync } from 'node:fs';
import { unavailable } from '../errors.ts';

/** Writes to the disk what the file of a descriptor has. */
export type SyncFile = (descriptor: number, done: (error: Error | null) => void) => void;

type Flight = PromiseWithResolvers<void>;

/**
 * Puts commits on the disk, beside the event loop. A commit in WAL mode with `synchronous=NORMAL` is a write to the
 * log that is not synced yet; its caller gets an answer after the next sync. One sync is under way at a time, and the
 * next one is for all commits that came meanwhile: group commit.
 */
export class LogSync {
  readonly #path: string;
  readonly #syncFile: SyncFile;
  /** Of the log, which is there from the first commit on, and stays as long as a connection is open. */
  #descriptor: number | undefined;
  #flight: Flight | undefined;
  #next: Flight | undefined;
  #failure: unknown;

  /** @param path of the database */
  constructor(path: string, syncFile: SyncFile = fdatasync) {
    this.#path = path;
    this.#syncFile = syncFile;
  }

  /**
   * Called after each commit.
   *
   * @returns fulfilled once it is on disk, and all before it
   * @throws AppError `database_unavailable`, as a rejection, if that is not certain
   */
  add(): Promise<void> {
    if (this.#failure) return Promise.reject(unavailable(this.#failure));
    const flight = Promise.withResolvers<void>();
    flight.promise.catch(() => undefined); // somebody may have left
    if (this.#flight) {
      this.#next ??= flight;
      return this.#next.promise;
    }
    this.#start(flight);
    return flight.promise;
  }

  /** For what is committed now, as `add`; undefined if all of it is on disk. */
  get pending(): Promise<void> | undefined {
    return (this.#next ?? this.#flight)?.promise;
  }

  /**
   * Why a sync failed. What was committed before it is perhaps not on disk, and no later sync would say
   * so (https://lwn.net/Articles/752063/): a checkpoint must have put it into the database file, before
   * anything is committed on top of it.
   */
  get failure(): unknown {
    return this.#failure;
  }

  /** A checkpoint has put all of it on disk. */
  recover(): void {
    this.#failure = undefined;
  }

  /** Done when nothing is under way any more. */
  async close(): Promise<void> {
    while (this.pending) await this.pending.catch(() => undefined);
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #start(flight: Flight): void {
    this.#flight = flight;
    try {
      // SQLite keeps it beside the file itself, whatever link leads there.
      this.#descriptor ??= openSync(`${realpathSync(this.#path)}-wal`, 'r+');
      this.#syncFile(this.#descriptor, (error) => this.#end(flight, error));
    } catch (error) {
      process.nextTick(() => this.#end(flight, error));
    }
  }

  #end(flight: Flight, error: unknown): void {
    const next = this.#next;
    this.#flight = undefined;
    this.#next = undefined;
    if (!error) {
      flight.resolve();
      if (next) this.#start(next);
      return;
    }
    this.#failure = error;
    flight.reject(unavailable(error));
    next?.reject(unavailable(error)); // committed on top of it
  }
}
