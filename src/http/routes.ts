import type { FastifyContextConfig, RouteOptions } from 'fastify';
import type { ErrorCode } from '../errors/index.ts';
import { withErrorAnswer } from './schemas.ts';

/** What routes declare, as the edge reads it. */

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a request by this method may change data (RFC 9110 9.2.1). */
export function isUnsafe(method: string): boolean {
  return !safeMethods.has(method);
}

/** Whether a route changes data: what it declares, else what its method says (RFC 9110 9.2.1). */
export function changesData({ method, config }: Pick<RouteOptions, 'method' | 'config'>): boolean {
  return config?.writes ?? [method].flat().some(isUnsafe);
}

/** Whether Fastify waits for a body on a route. */
export function hasBody({ method }: Pick<RouteOptions, 'method'>): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD');
}

/** The permissions that a route needs; none if it is not for administrators. */
export function routePermissions(config: FastifyContextConfig | undefined): readonly string[] {
  return config?.auth?.kind === 'admin' ? [config.auth.permission].flat() : [];
}

/** Adds headers to the successes in the description of a route. Headers that it describes itself stay. */
export function answersWithHeaders(route: RouteOptions, headers: object): void {
  const responses = route.schema?.response as Record<string, { headers?: object }> | undefined;
  if (!responses || !route.schema) return;
  const response = Object.fromEntries(
    Object.entries(responses).map(([status, answer]) => [
      status,
      Number(status) < 400 ? { ...answer, headers: { ...headers, ...answer.headers } } : answer,
    ]),
  );
  route.schema = { ...route.schema, response };
}

/** Adds an error to the answers that the description of a route has. */
export function answersError(route: RouteOptions, code: ErrorCode): void {
  const responses = route.schema?.response as Record<number, unknown> | undefined;
  if (!responses || !route.schema) return;
  route.schema = { ...route.schema, response: withErrorAnswer(responses, code) };
}
