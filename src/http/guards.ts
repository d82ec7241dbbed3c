import type {
  FastifyInstance,
  onRequestHookHandler,
  preHandlerHookHandler,
  RouteOptions,
} from 'fastify';
import { AppError } from '../errors/index.ts';
import { type Answer, whenAnswered } from '../lib/answer.ts';
import type { LimitName } from '../settings/rate-limits.ts';
import { requireSameOrigin } from './browser/same-origin.ts';
import type { ChecksOf } from './route-checks.ts';
import { answersError, changesData, hasBody, isUnsafe, routePermissions } from './routes.ts';
import type { Authorization, EdgeDeps, RequestPrincipal } from './types.ts';

/** What a guard checks of a request before its route sees it. */
type Guard = (request: Parameters<onRequestHookHandler>[0]) => Answer<unknown>;

/**
 * A body that arrives within this time came with its request. A later one may take half a minute, in which its sender
 * may have lost the right to the request.
 */
const promptMs = 100;

/**
 * Checks what a route declares before its body is read: who may call it (`auth`), whether it needs recent
 * authentication (`recentAuth`), and which limits count it (`limits`). All but the limits are checked again behind a
 * body that arrived late, so that nobody can begin a request and end it after they have lost the right to it.
 *
 * @returns checks that throw an Error at the start if a route leaves out what it must declare
 */
export function createGuards(app: FastifyInstance, deps: EdgeDeps): ChecksOf {
  const { authenticate, authenticateBrowser, authorization } = deps;
  app.decorateRequest('principal', undefined);

  const requireUser: Guard = (request) =>
    whenAnswered(authenticate(request.headers.authorization), (principal) => {
      request.principal = principal;
    });
  const requireAccount: Guard = (request) => {
    if (isUnsafe(request.method)) requireSameOrigin(request, deps);
    if (!authenticateBrowser) throw new AppError('not_authenticated');
    return whenAnswered(authenticateBrowser(request), (principal) => {
      request.principal = principal;
    });
  };
  const requirePermission =
    (anyOf: readonly string[]): Guard =>
    (request) =>
      authorization?.authorize(principalOf(request), anyOf);
  const requireRecentAuth: Guard = (request) => deps.requireRecentAuth(principalOf(request));

  return (route) => {
    requireDeclared(route, authorization);
    const { auth = { kind: 'public' }, recentAuth, limits = [] } = route.config ?? {};
    if (limits.length > 0) answersError(route, 'rate_limited');
    if (auth.kind === 'public') return {};
    const guards: Guard[] = [auth.kind === 'account' ? requireAccount : requireUser];
    if (auth.kind === 'user' && !auth.isOpenToImpersonation) guards.push(refuseImpersonation);
    if (auth.kind === 'admin') guards.push(requirePermission(routePermissions(route.config)));
    if (recentAuth) {
      guards.push(requireRecentAuth);
      answersError(route, 'insufficient_user_authentication');
    }
    const counts = limits.map((limit): Guard => {
      return (request) => deps.count(limit, countedOf(limit, principalOf(request)));
    });
    const hooks = guards.map(hookOf);
    return {
      onRequest: [...hooks, ...counts.map(hookOf)],
      preHandler: hasBody(route) ? hooks.map(ifLate) : [],
    };
  };
}

/** What a limit of somebody who is signed in counts by: the session, where its name says so, else the user. */
function countedOf(limit: LimitName, { id, sessionId }: RequestPrincipal): string | number {
  if (!limit.endsWith('_PER_SESSION')) return id;
  return sessionId ?? `user ${id}`; // with a token of the previous system there is no session
}

const refuseImpersonation: Guard = (request) => {
  if (principalOf(request).impersonatorId === undefined) return;
  throw new AppError('permission_denied', {
    detail: 'Only the user can do this, not an administrator who acts in their name.',
  });
};

/** Runs a guard without paying for a promise where it answers at once. */
function hookOf(guard: Guard): onRequestHookHandler {
  return (request, _reply, done) => {
    try {
      const answer = guard(request);
      if (answer instanceof Promise) answer.then(() => done(), done);
      else done();
    } catch (error) {
      done(error as Error);
    }
  };
}

function ifLate(hook: onRequestHookHandler): preHandlerHookHandler {
  return function (request, reply, done) {
    if (reply.elapsedTime < promptMs) done();
    else hook.call(this, request, reply, done);
  };
}

/** @throws Error if a route leaves out what it must declare, or asks for no permission that there is */
function requireDeclared(route: RouteOptions, authorization: Authorization | undefined): void {
  const { auth, recentAuth, limits = [] } = route.config ?? {};
  const name = `${route.method} ${route.url}`;
  if (auth === undefined) {
    throw new Error(`${name} does not declare who may call it (config.auth).`);
  }
  if (changesData(route)) {
    if (limits.length === 0) {
      throw new Error(`${name} does not declare what it counts against (config.limits).`);
    }
    if (auth.kind !== 'public' && recentAuth === undefined) {
      throw new Error(
        `${name} does not declare whether it takes recent authentication (config.recentAuth).`,
      );
    }
  }
  if (auth.kind !== 'admin') return;
  const anyOf = routePermissions(route.config);
  if (anyOf.length === 0) {
    throw new Error(`${name} does not declare which permission it needs (config.auth.permission).`);
  }
  const unknown = anyOf.find((permission) => !authorization?.isKnown(permission));
  if (unknown !== undefined) {
    throw new Error(`${name} asks for ${unknown}, and there is no such permission.`);
  }
}

/** The principal of a request, on a route that is not public. */
export function principalOf(request: {
  principal: RequestPrincipal | undefined;
}): RequestPrincipal {
  if (!request.principal) throw new Error('The route is public.');
  return request.principal;
}
