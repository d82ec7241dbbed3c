/** How long the statements of one turn of the event loop may take together. */
const maxTurnMs = 5;

/**
 * Shares the event loop between statements, which run on it, and everything else. A loop over pages never leaves it
 * automatically, because its data is always there already. So once the statements of a turn have used their time, the
 * next one waits for the next turn. Waiting statements go on in their order.
 *
 * @returns waits if it must; to be awaited before a statement
 */
export function createTurns(): () => Promise<void> {
  let endsAtMs: number | undefined;
  let nextTurn: Promise<void> | undefined;

  /** Undefined while there is time. */
  function wait(): Promise<void> | undefined {
    const nowMs = performance.now();
    if (endsAtMs === undefined) {
      endsAtMs = nowMs + maxTurnMs;
      setImmediate(() => {
        endsAtMs = undefined;
      });
    }
    if (nowMs < endsAtMs) return undefined;
    nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        nextTurn = undefined;
        resolve();
      });
    });
    return nextTurn;
  }

  return async () => {
    for (let turn = wait(); turn; turn = wait()) await turn;
  };
}
