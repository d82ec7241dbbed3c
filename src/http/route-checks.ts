import type {
  FastifyInstance,
  onRequestHookHandler,
  preHandlerHookHandler,
  preParsingHookHandler,
  RouteOptions,
} from 'fastify';
import { hasBody } from './routes.ts';

/** What is checked in front of a route. */
export interface RouteChecks {
  /** Before the body is read. */
  readonly onRequest?: readonly onRequestHookHandler[];
  /** Of a body, while it arrives; on a route without one, none. */
  readonly preParsing?: readonly preParsingHookHandler[];
  /** When the body is there. */
  readonly preHandler?: readonly preHandlerHookHandler[];
}

/** The checks that a route needs. It may also add to the description of the route. */
export type ChecksOf = (route: RouteOptions) => RouteChecks;

/** The checks of a list, in its order. */
export function inOrder(list: readonly ChecksOf[]): ChecksOf {
  return (route) => {
    const checks = list.map((checksOf) => checksOf(route));
    return {
      onRequest: checks.flatMap(({ onRequest = [] }) => onRequest),
      preParsing: checks.flatMap(({ preParsing = [] }) => preParsing),
      preHandler: checks.flatMap(({ preHandler = [] }) => preHandler),
    };
  };
}

/** Puts checks in front of every route, and before its own hooks. */
export function checkRoutes(app: FastifyInstance, checksOf: ChecksOf): void {
  app.addHook('onRoute', (route) => {
    const { onRequest = [], preParsing = [], preHandler = [] } = checksOf(route);
    route.onRequest = [...onRequest, ...[route.onRequest ?? []].flat()];
    const ofBody = hasBody(route) ? preParsing : []; // reads would pay for it
    route.preParsing = [...ofBody, ...[route.preParsing ?? []].flat()];
    route.preHandler = [...preHandler, ...[route.preHandler ?? []].flat()];
  });
}
