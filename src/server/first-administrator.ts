import type { Config } from '../config/config.ts';
import { isLocal } from '../config/network-config.ts';
import type { Deps } from '../deps.ts';
import { hasSuperuser } from '../features/identity/users/index.ts';
import { issueSetupToken, setupUrl } from '../features/self-service/setup/index.ts';
import { createNetworks } from '../lib/ip-address.ts';

const isLoopback = createNetworks(['loopback']);

type LinkDeps = Pick<Deps, 'database' | 'clock' | 'settings' | 'log'> & {
  readonly config: Pick<Config, 'publicUrl'>;
};

/** That there is no administrator yet, and how to make the first. */
export interface MissingAdministrator {
  /** Undefined if it could not be followed: it works only from this machine's loopback addresses. */
  readonly setupLink: string | undefined;
}

/**
 * Looks whether there is an administrator. If not, it makes the link for the first one, a new one at each start.
 *
 * @param listenUrl where the server listens
 * @returns undefined if there is an administrator
 */
export async function findMissingAdministrator(
  deps: LinkDeps,
  listenUrl: string,
): Promise<MissingAdministrator | undefined> {
  try {
    if (await hasSuperuser(deps.database.db)) return undefined;
  } catch (error) {
    deps.log.warn({ err: error }, 'could not look for an administrator');
    return undefined;
  }
  return { setupLink: await firstAdministratorLink(deps, listenUrl) };
}

async function firstAdministratorLink(
  { database, clock, settings, log, config: { publicUrl } }: LinkDeps,
  listenUrl: string,
): Promise<string | undefined> {
  // Passkeys work at the public URL alone, where that is this machine.
  const isPublicLocal = publicUrl !== undefined && isLocal(new URL(publicUrl).hostname);
  const origin = isPublicLocal ? publicUrl.slice(0, -1) : loopbackOrigin(listenUrl);
  if (origin === undefined || settings.get('MAINTENANCE_MODE')) return undefined;
  try {
    const token = await issueSetupToken({ database, clock });
    return token === undefined ? undefined : setupUrl(origin, token);
  } catch (error) {
    log.warn({ err: error }, 'could not make the link of the first administrator');
    return undefined;
  }
}

function loopbackOrigin(listenUrl: string): string | undefined {
  const ip = new URL(listenUrl).hostname.replace(/^\[|\]$/g, '');
  return isLoopback(ip) ? listenUrl : undefined;
}
