import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EdgeDeps } from './types.ts';

/** What every answer has. */
export function nameRequest(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-request-id', request.id);
  reply.header('x-content-type-options', 'nosniff');
}

/**
 * Names each request in its answer, and counts, times and logs it when it is done. A log line says
 * which route, never which path or query: those may hold what is nobody's business.
 */
export function observeRequests(app: FastifyInstance, { metrics, log }: EdgeDeps): void {
  app.addHook('onRequest', (request, reply, done) => {
    nameRequest(request, reply);
    done();
  });
  const timers = new Map<string, { observe(seconds: number): void }>();

  function timerOf(method: string, route: string, status: number) {
    const key = `${method} ${route} ${status}`;
    let timer = timers.get(key);
    if (!timer) {
      timer = metrics.requestSeconds.labels({ method, route, status: String(status) });
      timers.set(key, timer);
    }
    return timer;
  }

  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const ms = reply.elapsedTime;
    const { url: route = 'none', config } = request.routeOptions;
    timerOf(request.method, route, reply.statusCode).observe(ms / 1000);
    log[config.isProbe ? 'debug' : 'info'](
      {
        req_id: request.id,
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(ms * 100) / 100,
      },
      'request',
    );
    done();
  });
}
