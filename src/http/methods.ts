import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import findMyWay from 'find-my-way';
import { AppError } from '../errors/index.ts';
import type { ChecksOf } from './route-checks.ts';
import { routePermissions } from './routes.ts';
import type { RouteAuth } from './types.ts';

/** The methods that some path has, in the order of the contract's `Allow` header. */
export const servedMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;

/** What is known of a path from its routes. */
interface Path {
  readonly url: string;
  readonly auth: RouteAuth;
  /** If it is for administrators: the permissions of all its methods. */
  readonly permissions: Set<string>;
  /** The methods that `Allow` names. */
  readonly listed: Set<string>;
}

/** How every router here reads a path: Fastify's, and the one that finds a path whatever the method is. */
export const routerOptions = { ignoreTrailingSlash: true };

const pathsOf = new WeakMap<FastifyInstance, Map<string, Path>>();

/**
 * Answers requests that no route takes, before their body is read. If the path has a route for another method, OPTIONS
 * says which it has, and the others are refused with 405 and `Allow` (RFC 9110 15.5.6); else there is no such path.
 *
 * @param checksOf what is checked in front of a route. It is checked here as well, so that a path tells its methods only
 *   to those who may use them.
 */
export function answerOtherMethods(app: FastifyInstance, checksOf: ChecksOf): void {
  const paths = new Map<string, Path>();
  pathsOf.set(app, paths);
  app.decorateRequest('otherMethodOf', undefined);
  app.addHook('onRoute', (route) => notePath(paths, route));
  let find: ReturnType<typeof createFind> | undefined; // most servers are asked for nothing of the kind

  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    find ??= createFind(paths);
    const path = find(request.url);
    if (!path) return done(new AppError('not_found'));
    request.otherMethodOf = path.url;
    const isAsked = request.method === 'OPTIONS';
    const auth: RouteAuth = isAsked ? { kind: 'public' } : guardOf(path); // the contract's: OPTIONS needs no token
    const route = { method: [], url: path.url, config: { auth, writes: false }, handler: () => {} };
    const { onRequest: checks = [] } = checksOf(route);
    const check = (at: number): void => {
      const next = checks[at];
      if (next) next.call(app, request, reply, (error) => (error ? done(error) : check(at + 1)));
      else if (isAsked)
        reply.header('allow', allowOf(path)).send({ methods: allowedMethods(path.listed) });
      else done(methodNotAllowed(request));
    };
    check(0);
  });
}

function notePath(paths: Map<string, Path>, { url, method, config }: RouteOptions): void {
  const path = paths.get(url) ?? {
    url,
    auth: config?.auth ?? { kind: 'public' },
    permissions: new Set<string>(),
    listed: new Set<string>(),
  };
  for (const permission of routePermissions(config)) path.permissions.add(permission);
  if (!config?.isUnlisted) for (const name of [method].flat()) path.listed.add(name);
  paths.set(url, path);
}

/** Finds the path of a URL; undefined if there is none, or one that is as if it were not there. */
function createFind(paths: ReadonlyMap<string, Path>): (url: string) => Path | undefined {
  const router = findMyWay(routerOptions);
  for (const path of paths.values()) {
    if (path.listed.size > 0) router.on('GET', path.url, () => {}, path);
  }
  return (url) => router.find('GET', url)?.store as Path | undefined;
}

/** Guarded like the methods that there are; but a page has nothing to hide of its methods. */
function guardOf({ auth, permissions }: Path): RouteAuth {
  if (auth.kind === 'admin') return { ...auth, permission: [...permissions] };
  return { kind: auth.kind === 'account' ? 'public' : auth.kind };
}

/** Every path that there is a route for. */
export function routePaths(app: FastifyInstance): string[] {
  return [...(pathsOf.get(app)?.keys() ?? [])];
}

/** The 405 of a request, with the methods of its path. */
export function methodNotAllowed(
  { server, routeOptions, otherMethodOf, method }: FastifyRequest,
  members: Readonly<Record<string, unknown>> = {},
): AppError {
  const path = pathsOf.get(server)?.get(routeOptions.url ?? otherMethodOf ?? '');
  return new AppError('method_not_allowed', {
    detail: `Method "${method}" not allowed.`,
    headers: { allow: allowOf(path) },
    members,
  });
}

function allowOf(path: Pick<Path, 'listed'> | undefined): string {
  return allowedMethods(path?.listed ?? new Set()).join(', ');
}

export function allowedMethods(methods: ReadonlySet<string>): string[] {
  return servedMethods.filter((method) => method === 'OPTIONS' || methods.has(method));
}
