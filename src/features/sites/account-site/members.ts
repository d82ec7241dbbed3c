import { principalOf } from '../../../http/guards.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Visit } from './visits.pages.ts';

/** The user on a page for members, in the form that the functions behind the API take. */
export function ownOf({ request }: Visit) {
  const principal = principalOf(request);
  return {
    ...{ ...principal, actor: actorOf(request) },
    ...visitorOf(request),
  };
}
