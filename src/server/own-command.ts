import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { programName, quoted } from '../terminal/own-program.ts';

/** How a command line is written that works as it stands, in another terminal, on the same database. */
export interface OwnCommand {
  /** The program with what names the database. */
  readonly text: string;
  /** What the environment of that terminal needs; undefined: nothing. */
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
    text: [programName(), ...flags].join(' '),
    // It has a password, which must not appear on a terminal, in a log or in the list of processes.
    needs: database.engine === 'postgres' ? 'LATCHKEY_DATABASE_URL' : undefined,
  };
}
