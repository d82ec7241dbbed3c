import Fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify';
import { AppError } from '../errors/index.ts';
import { boundBodies } from './body-budget.ts';
import { trustedNetworks, warnOfUntrustedProxy } from './client-ip.ts';
import { compressReads } from './compression.ts';
import { createSocketRefusal, refuseTunnels } from './connection-answers.ts';
import { trackConnections } from './connections.ts';
import { allowOrigins } from './cors.ts';
import { createDrain, type DrainTimes } from './drain.ts';
import { createClientErrorAnswer, registerErrors } from './error-handler.ts';
import { registerGuards } from './guards.ts';
import { requireHost } from './host-header.ts';
import { refuseWritesInMaintenance } from './maintenance.ts';
import { foldMethods, registerMethodAnswers } from './methods.ts';
import { observeRequests } from './observe-requests.ts';
import { bodyLimitBytes, parseBody } from './parse-body.ts';
import { createRequestIds } from './request-id.ts';
import { answersWithHeaders } from './routes.ts';
import { compileSchemasLazily } from './schema-compilers.ts';
import { neverStored, notStored } from './schemas.ts';
import type { EdgeDeps } from './types.ts';

/** How long things may take. Tests shorten it; there is nothing to configure. */
export interface EdgeTimes {
  /** A request, its body included, must have arrived by then. */
  readonly requestMs: number;
  readonly headersMs: number;
  /** How often that is looked at. */
  readonly lookEveryMs: number;
  /** Longer than the idle time of common load balancers, so that they close first and lose nothing. */
  readonly keepAliveMs: number;
  /** A client whose connection ends with an answer has this long to close its end. */
  readonly lingerMs: number;
  /**
   * A connection on which nothing moves for as long, while a request is under way, is cut off: of a client
   * that does not take its answer. Longer than any answer is waited for.
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
    clientErrorHandler: (fault, socket) => answerClientError(fault, socket),
    frameworkErrors: (_error, { raw }, reply) => {
      // The only ones are paths that no router can read, such as `/%`: there is nothing at them.
      raw.url = nowhere;
      app.routing(raw, reply.raw);
    },
    routerOptions: { ignoreTrailingSlash: true },
    rewriteUrl: foldMethods,
  });
  const connections = trackConnections(app);
  const answerClientError = createClientErrorAnswer(connections, refuseSocket);
  const drain = createDrain(app, connections, deps.log, drainTimes);
  let isStopping = false;
  const enter: onRequestHookHandler = ({ raw }, _reply, done) => {
    if (isStopping) {
      const refuse = () => {
        const headers = connections.canEndWith(raw) ? { connection: 'close' } : {};
        done(new AppError('shutting_down', { headers }));
      };
      // Not before: clients that are refused connect anew, and the queue would never become empty.
      const shut = drain.shut();
      // By the next turn it is known whether the request has arrived whole.
      if (shut) shut.then(() => setImmediate(refuse));
      else setImmediate(refuse);
      return;
    }
    const synced = deps.sync();
    if (synced instanceof Promise) synced.then(() => done(), done);
    else done();
  };

  // An Expect header that is not 100-continue asks for what we do not know, and is ignored.
  app.server.on('checkExpectation', (request, response) => {
    app.server.emit('request', request, response);
  });
  refuseTunnels(app, connections, refuseSocket);
  registerErrors(app, deps);
  observeRequests(app, deps);
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(neverStored); // what may be kept says so itself
    done();
  });
  app.addHook('onRoute', (route) => answersWithHeaders(route, notStored));
  requireHost(app);
  warnOfUntrustedProxy(app, deps.log, isTrusted);
  allowOrigins(app, deps);
  app.addHook('onRequest', (request, _reply, done) => {
    done(request.is404 ? new AppError('not_found') : undefined); // whatever its body is
  });
  registerGuards(app, deps);
  compressReads(app);
  boundBodies(app);
  registerBodies(app);
  compileSchemasLazily(app);
  refuseWritesInMaintenance(app, deps.isInMaintenance);
  app.addHook('onRoute', (route) => {
    if (!route.config?.isProbe) route.onRequest = [enter, ...[route.onRequest ?? []].flat()];
  });
  registerMethodAnswers(app);

  return {
    app,
    refuseNewRequests() {
      isStopping = true;
    },
    async close() {
      await drain.run();
      await app.close();
    },
  };
}

/**
 * Every body passes one parser; the routes read its fields by the contract's rules.
 *
 * Fastify looks at the Content-Type before it looks for a body. It is shown one that it always
 * takes, so that an empty body is an empty object and the contract's words answer any other.
 */
function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.decorateRequest('contentType', '');
  app.addHook('onRequest', (request, _reply, done) => {
    request.contentType = request.raw.headers['content-type'] ?? '';
    request.raw.headers['content-type'] = 'application/octet-stream';
    done();
  });
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer' },
    ({ contentType }: FastifyRequest, bytes: Buffer, done) => {
      const body = parseBody(contentType, bytes);
      done(null, body);
    },
  );
}
