import type { Logger } from 'pino';
import type { SigningKeys } from './signing-keys.ts';

const pauseMs = 60_000;

/** Rotates keys in the background, for as long as the process runs. */
export function maintainKeys({ log }: { log: Logger }, keys: SigningKeys): { stop(): void } {
  const timer = setInterval(() => {
    keys.maintain().catch((error: unknown) => {
      log.warn({ err: error }, 'could not look after the signing keys; will try again');
    });
  }, pauseMs).unref();
  return { stop: () => clearInterval(timer) };
}
