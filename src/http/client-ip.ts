import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createNetworks, type Networks, networkNames } from '../lib/ip-address.ts';
import type { EdgeDeps } from './types.ts';

/**
 * Whose word is taken for where a request comes from. `X-Forwarded-For` is read from its right end, as
 * far as trusted proxies wrote it; what stands further left is what a client can write itself.
 */
export function trustedNetworks({ trustedProxies = [] }: EdgeDeps): Networks | undefined {
  return trustedProxies.length > 0 ? createNetworks(trustedProxies) : undefined;
}

/**
 * Says once that there seems to be a proxy which is not trusted: its clients all count as one IP,
 * and a limit that one of them reaches holds for all.
 */
export function warnOfUntrustedProxy(
  app: FastifyInstance,
  log: EdgeDeps['log'],
  isTrusted: Networks | undefined,
): void {
  const isNear = createNetworks(networkNames);
  let isSaid = false;
  app.addHook('onRequest', ({ raw }: FastifyRequest, _reply, done) => {
    if (!isSaid && raw.headers['x-forwarded-for'] !== undefined) {
      const peer = raw.socket.remoteAddress ?? '';
      if (isNear(peer) && !isTrusted?.(peer)) {
        isSaid = true;
        log.warn(
          'X-Forwarded-For comes from a local IP that is not trusted, and is ignored; if that is ' +
            'your proxy, name it in LATCHKEY_TRUSTED_PROXIES',
        );
      }
    }
    done();
  });
}
