import type { Logger } from 'pino';
import type { Settings } from '../../settings/settings.ts';
import type { SigningKeys } from './signing-keys.ts';

const pauseMs = 60_000;

/** Rotates keys in the background, for as long as the process runs. */
export function maintainKeys(
  { log, settings }: { log: Logger; settings: Settings },
  keys: SigningKeys,
): { stop(): void } {
  const timer = setInterval(async () => {
    try {
      await settings.sync(); // nobody may have asked for anything in a long time
      if (!settings.get('MAINTENANCE_MODE')) await keys.maintain();
    } catch (error) {
      log.warn({ err: error }, 'could not look after the signing keys; will try again');
    }
  }, pauseMs).unref();
  return { stop: () => clearInterval(timer) };
}
