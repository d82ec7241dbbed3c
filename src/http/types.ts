import type {} from '@fastify/swagger'; // what a route's schema may say of itself
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { AppError } from '../errors/index.ts';
import type { Answer } from '../lib/answer.ts';
import type { AuthLevel } from '../lib/auth-level.ts';
import type { LimitName } from '../settings/rate-limits.ts';
import type { BrowserRequest } from './browser/same-origin.ts';
import type { Metrics } from './metrics.ts';
import type { PublicUrlConfig } from './public-url.ts';

/** Who may call a route, by kind of caller. Every route declares it; a route that does not stops the start. */
export type RouteAuth = PublicAuth | UserAuth | AccountAuth | AdminAuth;

/** Anybody. */
export interface PublicAuth {
  readonly kind: 'public';
}

/** A user who is signed in. */
export interface UserAuth {
  readonly kind: 'user';
  /** Whether it is open to an administrator who acts in the name of the user. Absent: it is not. */
  readonly isOpenToImpersonation?: boolean;
}

/**
 * A user who is signed in on the account site: by the cookie of their browser, which the API never reads. What
 * changes data has to come from a page of ours.
 */
export interface AccountAuth {
  readonly kind: 'account';
}

/** A user who is signed in and has a permission, or any one of several. */
export interface AdminAuth {
  readonly kind: 'admin';
  readonly permission: string | readonly string[];
}

/** The principal of a request, as far as the edge needs to know: one member for each kind of caller. */
export type RequestPrincipal = UserPrincipal;

/** A user who is signed in. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: number;
  readonly email: string;
  readonly isEmailVerified: boolean;
  /** The language that they read; null: nothing is known. */
  readonly locale: string | null;
  readonly username: string;
  /** Undefined with a token of the previous system. */
  readonly sessionId: number | undefined;
  /** When the user last proved who they are in this session (`auth_time`); undefined without one. */
  readonly authTimeMs: number | undefined;
  /** How strongly they signed in to this session. */
  readonly authLevel: AuthLevel;
  /** How strongly they can sign in: more than 1 with a second factor. */
  readonly factorLevel: AuthLevel;
  /** When a second factor, or a passkey, was last checked in this session; undefined: never. */
  readonly factorAtMs: number | undefined;
  /** The administrator who acts in the name of the user; undefined: nobody. */
  readonly impersonatorId: number | undefined;
}

/** Checks permissions. Only routes for administrators use it. */
export interface Authorization {
  /** Whether there is a permission of this name that a route can ask for. */
  isKnown(permission: string): boolean;
  /**
   * @param anyOf one of these permissions is enough
   * @throws AppError `permission_denied`
   */
  authorize(principal: RequestPrincipal, anyOf: readonly string[]): Answer<void>;
}

/** What the edge gets: the server's own parts, and the functions of features that it calls. */
export interface EdgeDeps extends PublicUrlConfig {
  readonly metrics: Metrics;
  readonly log: Logger;
  /** The proxies whose `X-Forwarded-For` is believed: ips, networks, or names of networks. */
  readonly trustedProxies?: readonly string[];
  /** The other origins whose pages may call the API. */
  readonly corsOrigins?: readonly string[];
  /** Request headers that they may send beside the usual ones. */
  readonly corsHeaders?: readonly string[];
  /** Before a request is looked at: what other processes have committed becomes known. */
  sync(): Answer<void>;
  /** Whether what changes data is refused now. */
  isInMaintenance(): Answer<boolean>;
  /** @throws AppError 401 */
  authenticate(authorization: string | undefined): Answer<RequestPrincipal>;
  /**
   * The user who is signed in on the account site in a browser. Absent if there is no such site.
   *
   * @throws AppError 401
   */
  readonly authenticateBrowser?: (request: BrowserRequest) => Answer<RequestPrincipal>;
  /** Absent if there are no routes for administrators. */
  readonly authorization?: Authorization;
  /** @throws AppError `insufficient_user_authentication` if the user proved too long ago who they are */
  requireRecentAuth(principal: RequestPrincipal): void;
  /** @throws AppError `rate_limited` if a user or a session has used up the limit */
  count(limit: LimitName, key: string | number): Answer<void>;
}

/** Shows an error to a person, on a route that is a page. */
export type AnswerError = (
  error: AppError,
  request: FastifyRequest,
  reply: FastifyReply,
) => Answer<FastifyReply>;

declare module 'fastify' {
  interface FastifyContextConfig {
    auth?: RouteAuth;
    /** Whether it changes data, and is refused in maintenance. Absent: its method says so. */
    writes?: boolean;
    /**
     * Whether it needs recent authentication (RFC 9470): that the user proved who they are within
     * `REAUTHENTICATION_AGE`. Every route that changes data for a signed-in user declares it.
     */
    recentAuth?: boolean;
    /**
     * The rate limits that count it. Every route that changes data names one. For a signed-in user the guard counts,
     * by user or by session; a public route counts itself.
     */
    limits?: readonly LimitName[];
    /** Asked by machines, all the time: answers whatever state the server is in, and is hardly logged. */
    isProbe?: boolean;
    /** Answers with a page what went wrong; absent: the answer is a problem document. */
    answerError?: AnswerError;
    /** Left out of `Allow`, which says what the contract says. */
    isUnlisted?: boolean;
  }
  interface FastifyRequest {
    /** Set on every route that is not public. */
    principal: RequestPrincipal | undefined;
    /** The Content-Type as it was sent; `''` if there was none. */
    contentType: string;
    /** The path of a request whose method it does not have; undefined: it has it, or there is no such path. */
    otherMethodOf: string | undefined;
  }
}
