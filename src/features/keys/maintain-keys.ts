import type { BackgroundWork } from '../nodes/index.ts';
import type { SigningKeys } from './signing-keys.ts';

const pauseMs = 60_000;

/** Rotates keys in the background: one node does so for all. */
export function maintainKeys(keys: SigningKeys): BackgroundWork {
  return {
    name: 'keys',
    firstPauseMs: pauseMs,
    retryPauseMs: pauseMs,
    failure: 'could not look after the signing keys',
    async run() {
      await keys.maintain();
      return pauseMs;
    },
  };
}
