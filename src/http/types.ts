import type {} from '@fastify/swagger'; // what a route's schema may say of itself
import type { Logger } from 'pino';
import type { Answer } from '../lib/answer.ts';
import type { Metrics } from './metrics.ts';

/** Who may call a route. Every route says so; one that does not stops the start. */
export type RouteAuth = 'public' | 'user' | 'admin';

/** Who makes a request, as far as the edge needs to know. */
export interface RequestPrincipal {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly sessionId: number | undefined;
  /** When the password was last checked in this session; undefined without one. */
  readonly confirmedAtMs: number | undefined;
  /** The administrator who is at it in the name of the user; undefined: nobody. */
  readonly impersonatorId: number | undefined;
}

/** What a route with `auth: 'admin'` demands of whoever calls it. */
export interface RouteDemand {
  /** One of these is enough. */
  readonly anyOf: readonly string[];
  /** The password must have been checked lately. */
  readonly isDangerous: boolean;
}

/** Who may do what: asked on routes with `auth: 'admin'`, and on no others. */
export interface Authorization {
  /** Whether there is a permission of this name that a route can ask for. */
  isKnown(permission: string): boolean;
  /** @throws AppError `permission_denied`, `reauthentication_required` */
  authorize(principal: RequestPrincipal, demand: RouteDemand): Answer<void>;
}

/** What the edge is handed: the server's own things, and what it must ask of the features. */
export interface EdgeDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The proxies whose `X-Forwarded-For` is believed: addresses, networks, or names of some. */
  readonly trustedProxies?: readonly string[];
  /** The other origins whose pages may call the API. */
  readonly corsOrigins?: readonly string[];
  /** Before a request is looked at: what other processes have committed becomes known. */
  sync(): Answer<void>;
  /** Whether what changes data is refused now. */
  isInMaintenance(): Answer<boolean>;
  /** @throws AppError 401 */
  authenticate(authorization: string | undefined): Answer<RequestPrincipal>;
  /** Absent where there are no routes for administrators. */
  readonly authorization?: Authorization;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth;
    /** Whether it changes data, and is refused in maintenance. Absent: its method says so. */
    writes?: boolean;
    /** What it takes with `auth: 'admin'`: a permission, or any one of several. */
    permission?: string | readonly string[];
    /**
     * With `auth: 'user'`: whether it is open to an administrator who acts in the name of the user.
     * Absent: it is the user's alone.
     */
    isOpenToImpersonation?: boolean;
    /** With `auth: 'admin'`: the password must have been checked lately. */
    isDangerous?: boolean;
    /** Asked by machines, all the time: answers whatever state the server is in, and is hardly logged. */
    isProbe?: boolean;
    /** Left out of `Allow`, which says what the contract says. */
    isUnlisted?: boolean;
  }
  interface FastifyRequest {
    /** Set on every route that declares `auth: 'user'` or `'admin'`. */
    principal: RequestPrincipal | undefined;
    /** The Content-Type as it came; `''` where there was none. */
    contentType: string;
  }
}
