import type {} from '@fastify/swagger'; // what a route's schema may say of itself
import type { Logger } from 'pino';
import type { Answer } from '../lib/answer.ts';
import type { Metrics } from '../lib/metrics.ts';

/** Who may call a route. Every route says so; one that does not stops the start. */
export type RouteAuth = 'public' | 'user';

/** Who makes a request, as far as the edge needs to know. */
export interface RequestPrincipal {
  readonly id: number;
  readonly email: string;
  readonly username: string;
  readonly sessionId: number | undefined;
}

/** What the edge is handed: the server's own things, and what it must ask of the features. */
export interface EdgeDeps {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The proxies whose `X-Forwarded-For` is believed: addresses, networks, or names of some. */
  readonly trustedProxies?: readonly string[];
  /** Before a request is looked at: what other processes have committed becomes known. */
  sync(): Answer<void>;
  /** Whether what changes data is refused now. */
  isInMaintenance(): Answer<boolean>;
  /** @throws AppError 401 */
  authenticate(authorization: string | undefined): Answer<RequestPrincipal>;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth;
    /** Whether it changes data, and is refused in maintenance. Absent: its method says so. */
    writes?: boolean;
    /** Asked by machines, all the time: answers whatever state the server is in, and is hardly logged. */
    isProbe?: boolean;
    /** Left out of `Allow`, which says what the contract says. */
    isUnlisted?: boolean;
  }
  interface FastifyRequest {
    /** Set on every route that declares `auth: 'user'`. */
    principal: RequestPrincipal | undefined;
    /** The Content-Type as it came; `''` where there was none. */
    contentType: string;
  }
}
