import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { EdgeDeps } from './types.ts';

/** The requests of one method, route and status: what their log lines share is written once. */
interface Series {
  readonly timer: { observe(seconds: number): void };
  readonly log: Logger;
}

/**
 * Counts, times and logs each request when it is done. A log line says which route, never which path or query: those
 * may hold what is nobody's business.
 */
export function observeRequests(app: FastifyInstance, { metrics, log }: EdgeDeps): void {
  const known = new Map<string, Series>();

  function seriesOf(method: string, route: string, status: number): Series {
    const key = `${method} ${route} ${status}`;
    let series = known.get(key);
    if (!series) {
      series = {
        timer: metrics.requestSeconds.labels({ method, route, status: String(status) }),
        log: log.child({ method, route, status }),
      };
      known.set(key, series);
    }
    return series;
  }

  app.addHook('onResponse', (request: FastifyRequest, reply: FastifyReply, done) => {
    const ms = reply.elapsedTime;
    const { url, config } = request.routeOptions;
    const route = url ?? request.otherMethodOf ?? 'none';
    const series = seriesOf(request.method, route, reply.statusCode);
    series.timer.observe(ms / 1000);
    series.log[config.isProbe ? 'debug' : 'info'](
      { req_id: request.id, ms: Math.round(ms * 100) / 100 },
      'request',
    );
    done();
  });
}
