import { existsSync } from 'node:fs';
import { type Config, type ConfigFlags, readConfig } from '../config/config.ts';
import { type ConfigName, givenConfig } from '../config/config-options.ts';
import { runningServer, type ServerPlace } from '../db/sqlite/server-lock.ts';
import { listenerUrl } from '../http/public-url.ts';
import { terminal } from '../terminal/terminal.ts';

/**
 * Where a server says that it runs on the SQLite file; undefined: none does, or the database is another. A folder that this
 * user cannot read tells nothing here: who opens the database says so.
 */
function placeOfServer({ database }: Pick<Config, 'database'>): ServerPlace | undefined {
  const isFile = database.engine === 'sqlite' && existsSync(database.path);
  return isFile ? runningServer(database.path)?.place : undefined;
}

/**
 * The flags, as far as a server that runs on the SQLite file tells with which it was started. A public URL or an RP ID that
 * is given to the command comes first, so that a new one can be tried before the server has it.
 *
 * @throws ConfigError as `readConfig`
 */
export function asServed(flags: ConfigFlags): ConfigFlags {
  const place = placeOfServer(readConfig(flags));
  if (!place) return flags;
  const { host, port, ...others } = place;
  const notGiven = Object.entries(others).filter(
    ([name]) => givenConfig(name as ConfigName, flags, terminal().env) === undefined,
  );
  return { ...flags, ...Object.fromEntries(notGiven), host, port: String(port) };
}

/** What the links of a command begin with: the public URL, or where the server listens. */
export function linkBase(config: Config): string {
  const place = placeOfServer(config);
  const { host, port } = place ?? config;
  return config.publicUrl ?? place?.publicUrl ?? listenerUrl(host, port);
}
