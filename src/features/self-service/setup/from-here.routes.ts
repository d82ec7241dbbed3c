import type { FastifyRequest } from 'fastify';
import { AppError } from '../../../errors/index.ts';
import { createNetworks } from '../../../lib/ip-address.ts';

const isLoopback = createNetworks(['loopback']);

/**
 * Lets only requests through that come from the machine that the server runs on.
 *
 * @throws AppError `permission_denied`
 */
export function requireFromHere(request: FastifyRequest): void {
  if (isFromHere(request)) return;
  throw new AppError('permission_denied', {
    detail: 'The first administrator is made on the machine that the server runs on.',
  });
}

/**
 * Whether a request comes from the machine that the server runs on. A proxy there that is not trusted
 * makes everybody look so; but most say that they forward, and whom.
 */
function isFromHere({ ip, ips = [], raw: { headers } }: FastifyRequest): boolean {
  const isDirect = ips.length < 2; // else a proxy that is trusted has said whom it forwards
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return isLoopback(ip) && !(isDirect && isForwarded);
}
