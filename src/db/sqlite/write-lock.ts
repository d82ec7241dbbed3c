import { unavailable } from '../errors.ts';

interface Waiting {
  readonly enter: () => void;
}

/**
 * Lets one asynchronous task at a time use the connection that writes; the others wait in order, and
 * not for ever: a task that hangs, or that waits for itself, must not stop every later write.
 */
export class WriteLock {
  #held = false;
  #closing: Promise<void> | undefined;
  /** In the order of their coming, which a Set keeps. */
  readonly #waiting = new Set<Waiting>();

  get held(): boolean {
    return this.#held;
  }

  /**
   * @param giveUpAt on the clock of `performance.now()`
   * @throws AppError `database_unavailable` if it is not free in time, or closed
   */
  acquire(giveUpAt: number): Promise<void> {
    if (this.#closing)
      return Promise.reject(unavailable(new Error('The database is being closed.')));
    return this.#enter(giveUpAt);
  }

  release(): void {
    if (!this.#held) throw new Error('The lock was released twice.');
    const [next] = this.#waiting;
    if (!next) {
      this.#held = false;
      return;
    }
    this.#waiting.delete(next);
    next.enter();
  }

  /** Lets waiting tasks in, then nobody any more. */
  close(): Promise<void> {
    this.#closing ??= this.#enter(Number.POSITIVE_INFINITY);
    return this.#closing;
  }

  #enter(giveUpAt: number): Promise<void> {
    if (!this.#held) {
      this.#held = true;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const waiting: Waiting = {
        enter() {
          clearTimeout(timer);
          resolve();
        },
      };
      this.#waiting.add(waiting);
      if (giveUpAt === Number.POSITIVE_INFINITY) return;
      timer = setTimeout(
        () => {
          this.#waiting.delete(waiting);
          reject(unavailable(new Error('Other writes took too long.')));
        },
        Math.max(0, giveUpAt - performance.now()),
      );
    });
  }
}
