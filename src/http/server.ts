import Fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type preParsingHookHandler,
} from 'fastify';
import { isDeclaredBody } from '../contract/declare-body.ts';
import { createBodyBudget } from './body-budget.ts';
import { trustedNetworks, warnOfUntrustedProxy } from './client-ip.ts';
import { compressReads } from './compression.ts';
import { createSocketRefusal, refuseTunnels } from './connection-answers.ts';
import { trackConnections } from './connections.ts';
import { allowOrigins } from './cors.ts';
import { createDrain, type DrainTimes } from './drain.ts';
import { createEntrance } from './entrance.ts';
import { createClientErrorAnswer, registerErrors } from './error-handler.ts';
import { createGuards } from './guards.ts';
import { requireHost } from './host-header.ts';
import { createMaintenanceCheck } from './maintenance.ts';
import { answerOtherMethods, routerOptions } from './methods.ts';
import { observeRequests } from './observe-requests.ts';
import { bodyLimitBytes, parseBody } from './parse-body.ts';
import { createRequestIds } from './request-id.ts';
import { type ChecksOf, checkRoutes, inOrder } from './route-checks.ts';
import { answersWithHeaders } from './routes.ts';
import { compileSchemasLazily } from './schema-compilers.ts';
import { notStored } from './schemas.ts';
import type { EdgeDeps } from './types.ts';

/** How long things may take. Tests shorten it; there is nothing to configure. */
export interface EdgeTimes {
  /** A request, its body included, must have arrived within this time. */
  readonly requestMs: number;
  readonly headersMs: number;
  /** How often that is looked at. */
  readonly lookEveryMs: number;
  /** Longer than the idle time of common load balancers, so that they close first and lose nothing. */
  readonly keepAliveMs: number;
  /** A client whose connection ends with an answer has this long to close its end. */
  readonly lingerMs: number;
  /**
   * A connection on which nothing moves for this long, while a request is under way, is cut off: its client does not
   * read the answer. Longer than any answer takes.
   */
  readonly stallMs: number;
}

const defaultTimes: EdgeTimes = {
  requestMs: 30_000,
  headersMs: 15_000,
  lookEveryMs: 2_000,
  keepAliveMs: 75_000,
  lingerMs: 5_000,
  stallMs: 120_000,
};

/** A path that no route has. */
const nowhere = '/-';

export interface Edge {
  readonly app: FastifyInstance;
  /** Answers 503 from now on; requests that are under way finish. */
  refuseNewRequests(): void;
  /** Answers what was sent, ends every connection without a reset, and closes the server. */
  close(): Promise<void>;
}

export interface EdgeOptions {
  readonly times?: EdgeTimes | undefined;
  readonly drainTimes?: DrainTimes | undefined;
}

/** The HTTP server without a route: bodies, errors, guards, methods, observation. */
export function createEdge(
  deps: EdgeDeps,
  { times = defaultTimes, drainTimes }: EdgeOptions = {},
): Edge {
  const requestIds = createRequestIds();
  const refuseSocket = createSocketRefusal(requestIds, deps.log, times.lingerMs);
  const isTrusted = trustedNetworks(deps);
  const app = Fastify({
    trustProxy: isTrusted ?? false,
    logger: false, // one line a request, written by observeRequests
    genReqId: requestIds,
    bodyLimit: bodyLimitBytes,
    requestTimeout: times.requestMs,
    connectionTimeout: times.stallMs,
    keepAliveTimeout: times.keepAliveMs,
    http: {
      headersTimeout: times.headersMs,
      connectionsCheckingInterval: times.lookEveryMs,
      requireHostHeader: false, // Node would refuse its lack with an empty answer; `requireHost` does
    },
    return503OnClosing: false,
    forceCloseConnections: false, // no connection is left when `close` comes to it
    clientErrorHandler: (problem, socket) => answerClientError(problem, socket),
    frameworkErrors: (_error, { raw }, reply) => {
      // The only ones are paths that no router can read, such as `/%`: there is nothing at them.
      raw.url = nowhere;
      app.routing(raw, reply.raw);
    },
    routerOptions,
  });
  const connections = trackConnections(app);
  const answerClientError = createClientErrorAnswer(connections, refuseSocket);
  const drain = createDrain(app, connections, deps.log, drainTimes);
  // An Expect header that is not 100-continue asks for what we do not know, and is ignored.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  refuseTunnels(app, connections, refuseSocket);
  registerErrors(app, deps);
  const entrance = createEntrance(deps, connections, drain);

  // From here on in the order in which a request meets it.
  observeRequests(app, deps);
  addUsualHeaders(app);
  requireHost(app);
  warnOfUntrustedProxy(app, deps.log, isTrusted);
  allowOrigins(app, deps);
  const checksOf = inOrder([
    entrance.checksOf,
    createMaintenanceCheck(deps.isInMaintenance),
    createGuards(app, deps),
    createBodyBudget(),
    keepContentType(app),
  ]);
  answerOtherMethods(app, checksOf);
  checkRoutes(app, checksOf);
  parseBodies(app);
  compileSchemasLazily(app);
  compressReads(app);

  return {
    app,
    refuseNewRequests: entrance.close,
    async close() {
      await drain.run();
      await app.close();
    },
  };
}

/** Names the request in its answer, which nobody may store, unless its route says otherwise. */
function addUsualHeaders(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => answersWithHeaders(route, notStored));
  app.addHook('onRequest', (request, reply, done) => {
    reply
      .header('x-request-id', request.id)
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'no-store');
    done();
  });
}

/**
 * Keeps the Content-Type of a request. Fastify looks at it before it looks for a body, and is shown one that it always
 * accepts, so that an empty body is an empty object and the contract's messages answer any other.
 */
function keepContentType(app: FastifyInstance): ChecksOf {
  app.decorateRequest('contentType', '');
  const keep: preParsingHookHandler = (request, _reply, _payload, done) => {
    request.contentType = request.raw.headers['content-type'] ?? '';
    request.raw.headers['content-type'] = 'application/octet-stream';
    done();
  };
  return () => ({ preParsing: [keep] });
}

/**
 * Every body passes one parser; the routes read its fields by the contract's rules.
 *
 * @throws Error at the start if the body of a route is not a declared one: its schema alone checks nothing
 */
function parseBodies(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (!schema?.body || isDeclaredBody(schema.body)) return;
    throw new Error(`${method} ${url} does not declare its body (contract/declare-body.ts).`);
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    ({ contentType }: FastifyRequest, bytes: Buffer, done) => {
      const body = parseBody(contentType, bytes);
      done(null, body);
    },
  );
}
