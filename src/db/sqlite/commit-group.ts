/** The tasks that share one transaction, and how they learn what became of it. */
export class CommitGroup {
  readonly #outcome = Promise.withResolvers<void>();
  /** Fulfilled once it is known what became of it. */
  readonly settled: Promise<void>;
  /** When the first of those that are done gives up. */
  #giveUpAt = Number.POSITIVE_INFINITY;
  #isDue = false;
  #patience: NodeJS.Timeout | undefined;
  size = 0;

  constructor() {
    this.settled = this.#outcome.promise.catch(() => undefined);
  }

  /** Rejected where nothing is kept. */
  get committed(): Promise<void> {
    return this.#outcome.promise;
  }

  /**
   * A task is done, and waits for the commit.
   *
   * @param giveUpAt on the clock of `performance.now()`
   */
  add(giveUpAt: number): void {
    this.size += 1;
    this.#giveUpAt = Math.min(this.#giveUpAt, giveUpAt);
  }

  /**
   * Whether it takes nobody any more: it is due, has many tasks, or one that has waited for long; or
   * has none, and need not keep the file from other processes.
   */
  isComplete(maxTasks: number, waitLimitMs: number): boolean {
    const patienceMs = this.#giveUpAt - performance.now();
    return this.#isDue || this.size === 0 || this.size >= maxTasks || patienceMs < waitLimitMs / 2;
  }

  /**
   * It is to be committed as soon as the task that has its turn is over.
   *
   * @param expel ends that task, once those that are done must not wait for it any longer
   */
  fallDue(expel: () => void): void {
    this.#isDue = true;
    if (this.size === 0) return; // nobody waits
    this.#patience = setTimeout(expel, Math.max(0, this.#giveUpAt - performance.now()));
  }

  succeed(): void {
    clearTimeout(this.#patience);
    this.#outcome.resolve();
  }

  /** Nothing is kept. */
  fail(error: unknown): void {
    clearTimeout(this.#patience);
    this.#outcome.reject(error);
  }
}
