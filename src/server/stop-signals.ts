const signals = ['SIGINT', 'SIGTERM'] as const;

/**
 * One wish to stop can arrive twice: `npm start` passes on what the terminal or the supervisor has
 * sent to the whole group already, and `timeout` signals both process and group.
 */
const sameWishMs = 250;

export interface StopSignalActions {
  stop(signal: NodeJS.Signals): Promise<void>;
  stopAtOnce(): void;
}

/** The first signal to stop is obeyed with patience, the second without. */
export function onStopSignal({ stop, stopAtOnce }: StopSignalActions): void {
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  for (const signal of signals) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (!first) {
        first = { signal, atMs: nowMs };
        void stop(signal);
      } else if (signal !== first.signal || nowMs - first.atMs > sameWishMs) {
        stopAtOnce();
      }
    });
  }
}
