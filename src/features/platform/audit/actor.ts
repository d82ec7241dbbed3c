import { principalOf } from '../../../http/guards.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { plainIp } from '../../../lib/ip-address.ts';

/** The actor of an event. The caller passes it in; it is never guessed. */
export type Actor =
  /** A signed-in user, with session and IP. */
  | {
      readonly kind: 'user';
      readonly id: number;
      readonly sessionId?: number | undefined;
      readonly ip?: string | null | undefined;
      /** The owner of the session, if somebody else acts in it: an administrator who impersonates. */
      readonly onBehalfOf?: number | undefined;
    }
  /** Somebody who runs a command on the server's machine, by the system's name for them. */
  | { readonly kind: 'cli'; readonly name: string }
  /** The server itself. */
  | { readonly kind: 'system' }
  /** Somebody who has not signed in. */
  | { readonly kind: 'anonymous'; readonly ip?: string | null | undefined };

/** The actor of a request on a route that is not public. */
export function actorOf(request: {
  principal: RequestPrincipal | undefined;
  ip: string;
}): Actor & { kind: 'user' } {
  const { id, sessionId, impersonatorId } = principalOf(request);
  const ip = plainIp(request.ip) ?? null;
  if (impersonatorId === undefined) return { kind: 'user', id, sessionId, ip };
  return { kind: 'user', id: impersonatorId, onBehalfOf: id, sessionId, ip };
}

/** The actor of a request on a public route. */
export function anonymousActor(request: { ip: string }): Actor {
  return { kind: 'anonymous', ip: plainIp(request.ip) ?? null };
}

/** An actor in one word, as the history of settings has it: `cli:ada`, `user:7`, `system`. */
export function actorText(actor: Actor): string {
  switch (actor.kind) {
    case 'user':
      return `user:${actor.id}`;
    case 'cli':
      return `cli:${actor.name}`;
    default:
      return actor.kind;
  }
}
