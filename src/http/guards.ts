import type {
  FastifyContextConfig,
  FastifyInstance,
  onRequestHookHandler,
  preHandlerHookHandler,
  RouteOptions,
} from 'fastify';
import { AppError } from '../errors/index.ts';
import { type Answer, whenAnswered } from '../lib/answer.ts';
import type { Authorization, EdgeDeps, RequestPrincipal, RouteDemand } from './types.ts';

/** What a guard asks of a request before its route sees it. */
type Guard = (request: Parameters<onRequestHookHandler>[0]) => Answer<unknown>;

/**
 * A body that came within so long came with its request. Any other has a sender who may have lost
 * everything since: it can take half a minute.
 */
const promptMs = 100;

/**
 * Puts the guard that a route declares (`config.auth`) in front of it, before its body is read; and once
 * more behind a body that took its time, so that no request can be held in reserve.
 *
 * @throws Error at the start, where a route declares none, or asks for no permission that there is
 */
export function registerGuards(
  app: FastifyInstance,
  { authenticate, authorization }: EdgeDeps,
): void {
  app.decorateRequest('principal', undefined);

  const requireUser: Guard = (request) =>
    whenAnswered(authenticate(request.headers.authorization), (principal) => {
      request.principal = principal;
    });
  const requirePermission =
    (demand: RouteDemand): Guard =>
    (request) =>
      authorization?.authorize(principalOf(request), demand);

  app.addHook('onRoute', (route) => {
    const auth = route.config?.auth;
    if (auth === undefined) {
      throw new Error(`${nameOf(route)} does not declare who may call it (config.auth).`);
    }
    const guards: Guard[] = [];
    if (auth !== 'public') guards.push(requireUser);
    if (auth === 'user' && !route.config?.isOpenToImpersonation) guards.push(refuseImpersonation);
    if (auth === 'admin') guards.push(requirePermission(demandOf(route, authorization)));
    if (guards.length === 0) return;
    const hooks = guards.map(hookOf);
    route.onRequest = [...hooks, ...[route.onRequest ?? []].flat()];
    if (!hasBody(route)) return;
    route.preHandler = [...hooks.map(ifLate), ...[route.preHandler ?? []].flat()];
  });
}

const refuseImpersonation: Guard = (request) => {
  if (principalOf(request).impersonatorId === undefined) return;
  throw new AppError('permission_denied', {
    detail: 'This is for the user alone, and not for whoever acts in their name.',
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

/** Whether Fastify waits for a body on a route. */
function hasBody({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD');
}

function ifLate(hook: onRequestHookHandler): preHandlerHookHandler {
  return function (request, reply, done) {
    if (reply.elapsedTime < promptMs) done();
    else hook.call(this, request, reply, done);
  };
}

const nameOf = ({ method, url }: RouteOptions) => `${method} ${url}`;

/** The permissions that a route asks for; none of one that is not for administrators. */
export function routePermissions(config: FastifyContextConfig | undefined): readonly string[] {
  return config?.auth === 'admin' ? [config.permission ?? []].flat() : [];
}

/** @throws Error where the route asks for no permission, or for one that there is not */
function demandOf(route: RouteOptions, authorization: Authorization | undefined): RouteDemand {
  const anyOf = routePermissions(route.config);
  if (anyOf.length === 0) {
    throw new Error(`${nameOf(route)} does not declare what it takes (config.permission).`);
  }
  const unknown = anyOf.find((permission) => !authorization?.isKnown(permission));
  if (unknown !== undefined) {
    throw new Error(`${nameOf(route)} asks for ${unknown}, and there is no such permission.`);
  }
  return { anyOf, isDangerous: route.config?.isDangerous ?? false };
}

/** Who makes the request, on a route that declares `auth: 'user'` or `'admin'`. */
export function principalOf(request: {
  principal: RequestPrincipal | undefined;
}): RequestPrincipal {
  if (!request.principal) throw new Error('The route does not declare auth: user.');
  return request.principal;
}
