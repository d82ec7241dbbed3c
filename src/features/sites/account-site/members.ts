import { principalOf } from '../../../http/guards.ts';
import { countedNetwork, plainIp } from '../../../lib/ip-address.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Visit } from './visits.pages.ts';

/** Who is signed in on a page for members, as the functions behind the API take it. */
export function ownOf({ request }: Visit) {
  const principal = principalOf(request);
  return {
    ...{ ...principal, actor: actorOf(request) },
    ...{ network: countedNetwork(request.ip), ip: plainIp(request.ip) ?? null },
  };
}
