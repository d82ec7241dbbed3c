import type { BackgroundWork } from '../nodes/index.ts';
import type { SigningKeys } from './signing-keys.ts';

const pauseMs = 60_000;
/** How soon the first key is there when `ACCESS_TOKEN_ALGORITHM` asks for one and no request does. */
const lookPauseMs = 1_000;

/** Rotates keys in the background: one node does so for all. */
export function maintainKeys(keys: SigningKeys): BackgroundWork {
  let dueAtMs = performance.now() + pauseMs;
  return {
    name: 'keys',
    firstPauseMs: lookPauseMs,
    retryPauseMs: lookPauseMs,
    failure: 'could not look after the signing keys',
    async run() {
      await keys.sync(); // asks the database only where it has changed
      if (performance.now() < dueAtMs) return lookPauseMs;
      dueAtMs = performance.now() + pauseMs; // after a failure too
      await keys.maintain();
      return lookPauseMs;
    },
  };
}
