import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeDeps } from './types.ts';

/**
 * Lets the pages of other origins call the API (the CORS protocol of https://fetch.spec.whatwg.org). Only origins
 * that are named exactly. Credentials are never allowed: the API does not read cookies, and the admin site, which has
 * one, is left out.
 */

const paths = /^\/(api|\.well-known)\//;

/** Request headers that a client of the API sends. */
const usualHeaders = ['Authorization', 'Content-Type', 'Idempotency-Key'];

const preflightHeaders = {
  // Whether a path has the method is what the request itself is answered.
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-max-age': '600', // seconds
};

/** What clients read of an answer, beside its body. */
const exposedHeaders = 'Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate, X-Request-Id';

/** Does nothing where no origin is named. */
export function allowOrigins(
  app: FastifyInstance,
  { corsOrigins: origins = [], corsHeaders = [] }: Pick<EdgeDeps, 'corsOrigins' | 'corsHeaders'>,
): void {
  if (origins.length === 0) return;
  const allowed = new Set(origins);
  const allowedHeaders = [...usualHeaders, ...corsHeaders].join(', ');

  app.addHook('onRequest', (request, reply, done) => {
    if (!paths.test(request.url)) return done();
    // The answer depends on Origin even if it is missing: a cache must not give this answer to another origin.
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !allowed.has(origin)) return done();
    reply.header('access-control-allow-origin', origin);
    if (isPreflight(request)) return answerPreflight(reply, allowedHeaders);
    reply.header('access-control-expose-headers', exposedHeaders);
    done();
  });
}

/** Asked by browsers, before a request that no plain form could send; without a token. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

function answerPreflight(reply: FastifyReply, allowedHeaders: string): void {
  reply
    .code(204)
    .headers(preflightHeaders)
    .header('access-control-allow-headers', allowedHeaders)
    .send();
}
