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

/** How often it is looked whether npm is still there. */
const parentLookMs = 250;

/** The shell in which npm runs a script; or npm itself, where the shell has become this process. */
const npmShell = process.env.npm_lifecycle_event === undefined ? undefined : process.ppid;

/**
 * Ctrl+C at `npm start` stops npm and the shell between; a shell that is not the last one passes nothing on. So a
 * server that npm has started stops when that shell is gone.
 */
function onLostNpm(act: () => void): void {
  if (npmShell === undefined) return;
  const look = setInterval(() => {
    if (process.ppid === npmShell) return;
    clearInterval(look);
    act();
  }, parentLookMs);
  look.unref();
}

/**
 * The first signal to stop is obeyed with patience, the second without.
 *
 * @param from what tells of signals
 */
export function onStopSignal(
  { stop, stopAtOnce }: StopSignalActions,
  from: NodeJS.EventEmitter = process,
): void {
  let first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined;
  onLostNpm(() => {
    if (!first) process.kill(process.pid, 'SIGTERM');
  });
  for (const signal of signals) {
    from.on(signal, () => {
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
