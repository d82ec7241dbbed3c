import type { ServerLog } from './log.ts';

/**
 * Ends the process after an error that nobody caught: what it left half done cannot be known, and a new process
 * begins with what is on disk. The service manager starts the server again.
 */
export function endOnError({ log, flush }: ServerLog): void {
  process.on('uncaughtException', (error, origin) => {
    log.fatal({ err: error, origin }, 'ended by an error that nobody caught');
    flush();
    process.exit(1);
  });
}
