import { existsSync } from 'node:fs';
import { type Config, type ConfigFlags, readConfig } from '../config/config.ts';
import { runningServer, type ServerPlace } from '../db/sqlite/server-lock.ts';
import { listenerUrl } from '../http/public-url.ts';

/**
 * Where a server says that it runs on the SQLite file; undefined: none does, or the database is another. A folder that this
 * user cannot read tells nothing here: who opens the database says so.
 */
function placeOfServer({ database }: Pick<Config, 'database'>): ServerPlace | undefined {
  const isFile = database.engine === 'sqlite' && existsSync(database.path);
  return isFile ? runningServer(database.path)?.place : undefined;
}

/** RP IDs have no flags of their own, and are read like one. */
type ServedFlags = ConfigFlags & {
  readonly passkeyRpId?: string;
  readonly passkeyFormerRpIds?: string;
};

/**
 * The flags, as far as a server that runs on the SQLite file tells with which it was started. A public URL or an RP ID that
 * is given to the command comes first, so that a new one can be tried before the server has it. The server's RP IDs go
 * with its own URL: with another one they are those of the other, unless they are given.
 *
 * @throws ConfigError as `readConfig`
 */
export function asServed(flags: ConfigFlags): ServedFlags {
  const { publicUrl, ...config } = readConfig(flags);
  const place = placeOfServer(config);
  if (!place) return flags;
  const url = publicUrl ?? place.publicUrl;
  const { passkeyRpId, formerRpIds = [] } = url === place.publicUrl ? place : {};
  const rpId = config.passkeyRpId ?? passkeyRpId;
  const former = config.formerRpIds.length > 0 ? config.formerRpIds : formerRpIds;
  return {
    ...flags,
    host: place.host,
    port: String(place.port),
    ...(url !== undefined && { publicUrl: url }),
    ...(rpId !== undefined && { passkeyRpId: rpId }),
    passkeyFormerRpIds: former.join(','),
  };
}

/** What the links of a command begin with: the public URL, or where the server listens. */
export function linkBase(config: Config): string {
  const place = placeOfServer(config);
  const { host, port } = place ?? config;
  return config.publicUrl ?? place?.publicUrl ?? listenerUrl(host, port);
}
