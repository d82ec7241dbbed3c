import Fastify, {
  type FastifyInstance,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify';
import { AppError } from '../errors.ts';
import { drainOnClose } from './drain.ts';
import { createClientErrorAnswer, registerErrors } from './error-handler.ts';
import { registerGuards } from './guards.ts';
import { registerMethodAnswers } from './methods.ts';
import { observeRequests } from './observe-requests.ts';
import { bodyLimitBytes, parseBody } from './parse-body.ts';
import { createRequestIds } from './request-id.ts';
import type { EdgeDeps } from './types.ts';

/** A request, its body included, must have arrived by then. */
const requestTimeoutMs = 30_000;
const headersTimeoutMs = 15_000;
/** Longer than the idle time of common load balancers, so that they close first and lose nothing. */
const keepAliveTimeoutMs = 75_000;

export interface Edge {
  readonly app: FastifyInstance;
  /** Answers 503 from now on; requests that are under way finish. */
  refuseNewRequests(): void;
}

/** The HTTP server without a route: bodies, errors, guards, methods, observation. */
export function createEdge(deps: EdgeDeps): Edge {
  const requestIds = createRequestIds();
  const app = Fastify({
    logger: false, // one line a request, written by observeRequests
    genReqId: requestIds,
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    http: { headersTimeout: headersTimeoutMs },
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: createClientErrorAnswer(requestIds, deps.log),
    frameworkErrors: (_error, request, reply) => {
      // The only ones are paths that no router can read.
      reply.callNotFound();
      return request;
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

  registerBodies(app);
  registerErrors(app, deps.log);
  observeRequests(app, deps);
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
