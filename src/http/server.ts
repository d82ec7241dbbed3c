import Fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify';
import { AppError } from '../errors.ts';
import { drainOnClose } from './drain.ts';
import {
  createClientErrorAnswer,
  createSocketRefusal,
  registerErrors,
  sendProblem,
} from './error-handler.ts';
import { registerGuards } from './guards.ts';
import { registerMethodAnswers } from './methods.ts';
import { nameRequest, observeRequests } from './observe-requests.ts';
import { acceptEveryMethod, answerOddRequests } from './odd-requests.ts';
import { bodyLimitBytes, parseBody } from './parse-body.ts';
import { createRequestIds } from './request-id.ts';
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
}

const defaultTimes: EdgeTimes = {
  requestMs: 30_000,
  headersMs: 15_000,
  lookEveryMs: 2_000,
  keepAliveMs: 75_000,
};

export interface Edge {
  readonly app: FastifyInstance;
  /** Answers 503 from now on; requests that are under way finish. */
  refuseNewRequests(): void;
}

/** The HTTP server without a route: bodies, errors, guards, methods, observation. */
export function createEdge(deps: EdgeDeps, times: EdgeTimes = defaultTimes): Edge {
  const requestIds = createRequestIds();
  const refuseSocket = createSocketRefusal(requestIds, deps.log);
  const app = Fastify({
    logger: false, // one line a request, written by observeRequests
    genReqId: requestIds,
    bodyLimit: bodyLimitBytes,
    requestTimeout: times.requestMs,
    keepAliveTimeout: times.keepAliveMs,
    http: {
      headersTimeout: times.headersMs,
      connectionsCheckingInterval: times.lookEveryMs,
      requireHostHeader: false, // asked for by answerOddRequests
    },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: createClientErrorAnswer(refuseSocket),
    // The only ones are paths that no router can read; no hook sees them.
    frameworkErrors: (_error, request, reply) => {
      nameRequest(request, reply);
      sendProblem(reply, new AppError('not_found'), request.id);
    },
    routerOptions: { ignoreTrailingSlash: true },
  });
  let isStopping = false;
  const enter: onRequestHookHandler = (_request, _reply, done) => {
    if (isStopping) {
      done(new AppError('shutting_down', { headers: { connection: 'close' } }));
      return;
    }
    const synced = deps.sync();
    if (synced instanceof Promise) synced.then(() => done(), done);
    else done();
  };

  acceptEveryMethod(app);
  registerBodies(app);
  registerErrors(app, deps.log);
  observeRequests(app, deps);
  answerOddRequests(app, refuseSocket);
  registerGuards(app, deps);
  app.addHook('onRoute', (route) => {
    if (!route.config?.isProbe) route.onRequest = [enter, ...[route.onRequest ?? []].flat()];
  });
  registerMethodAnswers(app);
  drainOnClose(app);

  return {
    app,
    refuseNewRequests() {
      isStopping = true;
    },
  };
}

/** Every body passes one parser; the routes read its fields by the contract's rules. */
function registerBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request: FastifyRequest, bytes: Buffer) =>
    parseBody(request.headers['content-type'] ?? '', bytes),
  );
}
