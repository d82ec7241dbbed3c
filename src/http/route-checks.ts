import type {
  FastifyInstance,
  onRequestHookHandler,
  preHandlerHookHandler,
  preParsingHookHandler,
  RouteOptions,
} from 'fastify';

/** What is checked in front of a route. */
export interface RouteChecks {
  /** Before the body is read. */
  readonly onRequest?: readonly onRequestHookHandler[];
  /** Of a body, while it arrives. */
  readonly preParsing?: readonly preParsingHookHandler[];
  /** When the body is there. */
  readonly preHandler?: readonly preHandlerHookHandler[];
}

/** The checks that a route needs. It may also add to the description of the route. */
export type ChecksOf = (route: RouteOptions) => RouteChecks;

/** Puts checks in front of every route. They run in the order of the list, and before the route's own hooks. */
export function checkInOrder(app: FastifyInstance, list: readonly ChecksOf[]): void {
  app.addHook('onRoute', (route) => {
    const checks = list.map((checksOf) => checksOf(route));
    route.onRequest = [
      ...checks.flatMap(({ onRequest = [] }) => onRequest),
      ...[route.onRequest ?? []].flat(),
    ];
    route.preParsing = [
      ...checks.flatMap(({ preParsing = [] }) => preParsing),
      ...[route.preParsing ?? []].flat(),
    ];
    route.preHandler = [
      ...checks.flatMap(({ preHandler = [] }) => preHandler),
      ...[route.preHandler ?? []].flat(),
    ];
  });
}
