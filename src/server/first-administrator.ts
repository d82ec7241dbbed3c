import type { Deps } from '../deps.ts';
import { issueSetupToken, setupUrl } from '../features/self-service/setup/index.ts';
import { createNetworks } from '../lib/ip-address.ts';

const isLoopback = createNetworks(['loopback']);

/** Listening at one of these is listening at every address of the machine. */
const wildcards: readonly string[] = ['0.0.0.0', '::'];

/**
 * The link by which the first administrator is made, new at each start while there is none.
 *
 * @param address where the server listens
 * @returns undefined where there is a superuser, or where the link could not be followed: it is good
 *   from this machine's loopback addresses alone
 */
export async function firstAdministratorLink(
  { database, clock, settings, log }: Pick<Deps, 'database' | 'clock' | 'settings' | 'log'>,
  address: string,
): Promise<string | undefined> {
  const origin = loopbackOrigin(address);
  if (origin === undefined || settings.get('MAINTENANCE_MODE')) return undefined;
  try {
    const token = await issueSetupToken({ database, clock });
    return token === undefined ? undefined : setupUrl(origin, token);
  } catch (error) {
    log.warn({ err: error }, 'could not make the link of the first administrator');
    return undefined;
  }
}

function loopbackOrigin(address: string): string | undefined {
  const { hostname, port } = new URL(address);
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(host)) return address;
  return wildcards.includes(host) ? `http://127.0.0.1:${port}` : undefined;
}
