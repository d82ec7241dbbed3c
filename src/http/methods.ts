import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify';
import { AppError } from '../errors/index.ts';
import { METHODS } from './node-http.ts';
import { routePermissions } from './routes.ts';
import type { RouteAuth } from './types.ts';

/** In the order of the contract's `Allow` header. */
const namedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'];
/** The methods that some path has. */
export const servedMethods: readonly string[] = namedMethods.filter((name) => name !== 'TRACE');
// Whatever else Node can read. CONNECT asks for a tunnel, which Node refuses before there is a request.
const otherMethods: ReadonlySet<string | undefined> = new Set(
  METHODS.filter((name) => name !== 'CONNECT' && !namedMethods.includes(name)),
);
/** A method that no path has. It represents all the others: a route for each would be most of all routes. */
const standIn = 'TRACE';
const sentMethods = new WeakMap<IncomingMessage, string>();

/** Fastify's `rewriteUrl`, which sees a request before it is routed: the URL stays as it is. */
export function foldMethods(request: IncomingMessage): string {
  const { method, url = '/' } = request;
  if (method !== undefined && otherMethods.has(method)) {
    sentMethods.set(request, method);
    request.method = standIn;
  }
  return url;
}

/** The method that a client has sent. */
export function sentMethod({ raw, method }: FastifyRequest): string {
  return sentMethods.get(raw) ?? method;
}

interface Path {
  readonly auth: RouteAuth;
  /** If it is for administrators: the permissions of all its methods. */
  readonly permissions: Set<string>;
  readonly methods: Set<string>;
  /** The methods that `Allow` names. */
  readonly listed: Set<string>;
}

const pathsOf = new WeakMap<FastifyInstance, Map<string, Path>>();

/** Notes which methods each path has, for `answerOtherMethods`. */
export function registerMethodAnswers(app: FastifyInstance): void {
  const paths = new Map<string, Path>();
  pathsOf.set(app, paths);
  app.addHook('onRoute', (route: RouteOptions) => {
    const path = paths.get(route.url) ?? {
      auth: route.config?.auth ?? { kind: 'public' },
      permissions: new Set<string>(),
      methods: new Set<string>(),
      listed: new Set<string>(),
    };
    for (const permission of routePermissions(route.config)) path.permissions.add(permission);
    for (const method of [route.method].flat()) {
      path.methods.add(method);
      if (!route.config?.isUnlisted) path.listed.add(method);
    }
    paths.set(route.url, path);
  });
}

/** Every path that there is a route for. */
export function routePaths(app: FastifyInstance): string[] {
  return [...(pathsOf.get(app)?.keys() ?? [])];
}

/**
 * Gives every path an answer to every method, before its body is read: OPTIONS says which it has, the
 * others are refused with 405 and `Allow` (RFC 9110 15.5.6). Called after the last route.
 */
export function answerOtherMethods(app: FastifyInstance): void {
  for (const [url, { auth, permissions, methods, listed }] of [...(pathsOf.get(app) ?? [])]) {
    if (listed.size === 0) continue; // as if there were no such path
    const allow = allowedMethods(listed);
    const others = namedMethods.filter((method) => method !== 'OPTIONS' && !methods.has(method));
    // Guarded like the methods that there are; but a page has nothing to hide of its methods.
    const guarded: RouteAuth =
      auth.kind === 'admin'
        ? { ...auth, permission: [...permissions] }
        : { kind: auth.kind === 'account' ? 'public' : auth.kind };
    app.route({
      method: 'OPTIONS',
      url,
      config: { auth: { kind: 'public' } }, // the contract's: it needs no token
      schema: { hide: true },
      onRequest: async (_request, reply) =>
        reply.header('allow', allow.join(', ')).send({ methods: allow }),
      handler: () => undefined,
    });
    app.route({
      method: others as HTTPMethods[],
      url,
      config: { auth: guarded, isUnlisted: true, writes: false },
      schema: { hide: true },
      onRequest: (request, _reply, done) => {
        done(methodNotAllowed(request));
      },
      handler: () => undefined,
    });
  }
}

/** The 405 of a request, with the methods of its path. */
export function methodNotAllowed(
  request: FastifyRequest,
  members: Readonly<Record<string, unknown>> = {},
): AppError {
  const { server, routeOptions } = request;
  const listed = pathsOf.get(server)?.get(routeOptions.url ?? '')?.listed ?? new Set();
  return new AppError('method_not_allowed', {
    detail: `Method "${sentMethod(request)}" not allowed.`,
    headers: { allow: allowedMethods(listed).join(', ') },
    members,
  });
}

export function allowedMethods(methods: ReadonlySet<string>): string[] {
  return namedMethods.filter((method) => method === 'OPTIONS' || methods.has(method));
}
