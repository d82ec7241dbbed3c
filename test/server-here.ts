import { Readable, Writable } from 'node:stream';
import { pino } from 'pino';
import { readConfig } from '../src/config/config.ts';
import { listenAlone, openServer } from '../src/server/open-server.ts';
import type { ServeFlags } from '../src/server/serve-flags.ts';
import { atTerminal } from '../src/terminal/terminal.ts';
import { drainTimes, hashPool } from './harness.ts';
import { serverEnvironment } from './server-process.ts';

/** What `latchkey serve` starts, on its folder and with its environment, in the process of the test. */
export interface ServerHere extends AsyncDisposable {
  readonly origin: string;
  /** Where health and metrics are; undefined: nowhere. */
  readonly operationsOrigin: string | undefined;
  /** What its start prints. */
  output(): string;
  /** What it has logged so far. */
  log(): string;
}

/** Collects what is written. */
export class Collected extends Writable {
  text = '';
  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.text += bytes;
    done();
  }
}

/**
 * Starts the server of a folder on free ports. `server-process.ts` has the one for tests of the process: its signals,
 * its exit status, what it prints.
 */
export async function startServerHere(
  flags: ServeFlags,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServerHere> {
  const [stdout, stderr, lines] = [new Collected(), new Collected(), new Collected()];
  const env = serverEnvironment(environment);
  const umask = process.umask(0o077); // as the program does
  try {
    return await atTerminal({ stdin: Readable.from([]), stdout, stderr, env }, async () => {
      const log = pino({ level: readConfig(flags).logLevel }, lines);
      const server = await openServer(flags, { log, drainTimes, hashPool });
      await using opened = new AsyncDisposableStack();
      opened.defer(server.close);
      const { listenUrl, operations, greeting } = await listenAlone(server);
      const all = opened.move();
      return {
        origin: listenUrl,
        operationsOrigin: operations,
        output: () => greeting,
        log: () => lines.text,
        [Symbol.asyncDispose]: () => all.disposeAsync(),
      };
    });
  } finally {
    process.umask(umask);
  }
}
