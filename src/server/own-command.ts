import { realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Config } from '../config/config.ts';
import { isCheckout } from '../lib/own-package.ts';

/** How a command line is written that works as it stands, in another terminal, on the same database. */
export interface OwnCommand {
  /** The program with what names the database. */
  readonly text: string;
  /** What has to be in the environment of that terminal; undefined: nothing. */
  readonly needs: string | undefined;
}

export function ownCommand({
  dataDir,
  database,
}: Pick<Config, 'dataDir' | 'database'>): OwnCommand {
  const flags = [`--data ${quoted(dataDir)}`];
  if (database.engine === 'sqlite' && database.path !== join(dataDir, 'latchkey.db')) {
    flags.push(`--database ${quoted(`sqlite:${database.path}`)}`);
  }
  return {
    text: [program(), ...flags].join(' '),
    // It has a password, which is not to stand on a terminal, in a log or in the list of processes.
    needs: database.engine === 'postgres' ? 'LATCHKEY_DATABASE_URL' : undefined,
  };
}

/**
 * How this program is called: in a checkout of its sources, by its name, or by its path. Never through `npx`, which
 * runs a package of that name from the registry where it finds none here.
 */
function program(): string {
  if (isCheckout) return 'npm run -s latchkey --';
  const [, main] = process.argv;
  return main === undefined || isOnPath('latchkey', main) ? 'latchkey' : quoted(main);
}

/** Whether a name leads to this very program. */
function isOnPath(name: string, main: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      return realpathSync(join(folder, name)) === realpathSync(main);
    } catch {
      return false;
    }
  });
}

/** As a POSIX shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
