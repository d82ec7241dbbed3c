/** Called each time that something happens. Calls `say` if it is time to, with how often it happened. */
export type Saying = (say: (times: number) => void) => void;

/**
 * For what may happen a thousand times a second and is worth a log line now and then, such as a full disk.
 *
 * @param everyMs the least time between two log lines
 */
export function createSaying(everyMs: number, nowMs = () => performance.now()): Saying {
  let unsaid = 0;
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return (say) => {
    unsaid += 1;
    const now = nowMs();
    if (now < saidAtMs + everyMs) return;
    say(unsaid);
    unsaid = 0;
    saidAtMs = now;
  };
}
