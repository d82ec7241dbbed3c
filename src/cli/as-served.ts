import { existsSync } from 'node:fs';
import { type ConfigFlags, readConfig } from '../config/config.ts';
import { runningServer } from '../db/sqlite/server-lock.ts';

/**
 * The flags, as far as a server that runs on the SQLite file tells with which it was started. A public URL that is given
 * to the command comes first, so that a new one can be tried before the server has it. A folder that this user cannot read
 * tells nothing here: who opens the database says so.
 *
 * @throws ConfigError as `readConfig`
 */
export function asServed(flags: ConfigFlags): ConfigFlags {
  const { database, publicUrl } = readConfig(flags);
  const isFile = database.engine === 'sqlite' && existsSync(database.path);
  const place = isFile ? runningServer(database.path)?.place : undefined;
  if (!place) return flags;
  const { port, ...others } = place;
  return { ...flags, ...others, port: String(port), ...(publicUrl !== undefined && { publicUrl }) };
}
