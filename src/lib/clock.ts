/** The time, as the rest of the program sees it. Tests pass in a clock that they can move. */
export interface Clock {
  /** Milliseconds since 1970, UTC. */
  nowMs(): number;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

/** How far the clocks of two nodes may differ; `latchkey doctor` warns at two seconds. */
const clockDifferenceMs = 10_000;

/**
 * Whether something that another node may have noted happened in the last `ageMs`. What lies further
 * ahead than clocks differ was noted before this clock was set back, and nobody knows how long ago: it
 * did not.
 */
export function happenedWithin(atMs: number, ageMs: number, nowMs: number): boolean {
  const passedMs = nowMs - atMs;
  return passedMs < ageMs && passedMs > -Math.min(ageMs, clockDifferenceMs);
}
