/**
 * When a signing key is published, signs, and goes. Time is all that decides, so every process
 * comes to the same answer from the same rows.
 */

/** A key is published this long before it signs: three times as long as a JWKS may be cached. */
export const publishAheadMs = 15 * 60_000;

export interface ScheduledKey {
  readonly sequence: number;
  readonly activeAtMs: number;
  readonly revokedAtMs: number | null;
}

/** Whether a key may have signed, or will: one that was revoked before its time never did. */
function isInSuccession({ activeAtMs, revokedAtMs }: ScheduledKey): boolean {
  return revokedAtMs === null || revokedAtMs >= activeAtMs;
}

/**
 * The keys that may sign, now or later. A key that is older than one that was revoked in use may not: its time was
 * over, and the thief of the newer key may have it as well.
 *
 * @param keys of the same algorithm, in order
 */
export function possibleSigners<Key extends ScheduledKey>(keys: readonly Key[]): Key[] {
  const barrier = keys.findLastIndex((key) => key.revokedAtMs !== null && isInSuccession(key));
  return keys.filter((key, index) => index > barrier && key.revokedAtMs === null);
}

/** The key that signs now: the newest possible signer whose time has come. */
export function signingKeyAt<Key extends ScheduledKey>(
  signers: readonly Key[],
  nowMs: number,
): Key | undefined {
  return signers.findLast((key) => key.activeAtMs <= nowMs);
}

/**
 * Until when tokens of a key are accepted: until the last one that it can have signed expires. Without end if no
 * other key follows it, never if it was revoked. A successor that was revoked after it had signed still counts as
 * one.
 *
 * @param keys of the same algorithm, in order
 * @param tokenLifetimeMs the longest that any access token may live
 */
export function trustedUntilMs<Key extends ScheduledKey>(
  key: Key,
  keys: readonly Key[],
  tokenLifetimeMs: number,
): number {
  if (key.revokedAtMs !== null) return Number.NEGATIVE_INFINITY;
  const successor = keys.find((next) => next.sequence > key.sequence && isInSuccession(next));
  return successor ? successor.activeAtMs + tokenLifetimeMs : Number.POSITIVE_INFINITY;
}

/** The next step of the rotation: make a key that signs from a time on, or nothing. */
export function nextKeyDue(
  keys: readonly ScheduledKey[],
  nowMs: number,
  rotationMs: number,
): { sequence: number; activeAtMs: number } | undefined {
  const newest = keys.at(-1);
  const live = possibleSigners(keys).at(-1);
  const sequence = (newest?.sequence ?? 0) + 1;
  // Nothing can sign: the first key of an algorithm, or the one that signed was revoked.
  if (!live) return { sequence, activeAtMs: nowMs };
  const dueAtMs = live.activeAtMs + rotationMs;
  if (nowMs + publishAheadMs < dueAtMs) return undefined;
  return { sequence, activeAtMs: Math.max(dueAtMs, nowMs + publishAheadMs) };
}

/**
 * The state of a key: `next` is published and will sign, `signs` does now, `verifies` has signed and its tokens may
 * still live, `spent` is about to be removed, `revoked` is refused.
 */
export type KeyState = 'next' | 'signs' | 'verifies' | 'spent' | 'revoked';

/** @param keys of the same algorithm, in order */
export function keyStateAt<Key extends ScheduledKey>(
  key: Key,
  keys: readonly Key[],
  nowMs: number,
  tokenLifetimeMs: number,
): KeyState {
  if (key.revokedAtMs !== null) return 'revoked';
  if (key.activeAtMs > nowMs) return 'next';
  if (key === signingKeyAt(possibleSigners(keys), nowMs)) return 'signs';
  return trustedUntilMs(key, keys, tokenLifetimeMs) > nowMs ? 'verifies' : 'spent';
}
