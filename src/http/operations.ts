import { AppError } from '../errors/index.ts';
import type { DrainTimes } from './drain.ts';
import { type CheckReadiness, healthRoutes } from './health.ts';
import { createEdge, type Edge } from './server.ts';
import type { EdgeDeps } from './types.ts';

/** Closes last, when little is left of the time to stop, and nothing is lost with it. */
const drainTimes: DrainTimes = { quietMs: 0, acceptMs: 0, idleMs: 0, lingerMs: 100, limitMs: 500 };

/**
 * The listener for operators: health and metrics. It is separate from the public one, because metrics are not for
 * everybody.
 */
export function createOperations(
  deps: Pick<EdgeDeps, 'log' | 'metrics'> & {
    readonly checkReadiness: CheckReadiness;
    /** The measurements that are shown; absent: those of this process. */
    readonly readMetrics?: () => Promise<{ readonly type: string; readonly text: string }>;
  },
): Edge {
  const { registry } = deps.metrics;
  const readOwn = async () => ({ type: registry.contentType, text: await registry.metrics() });
  const readMetrics = deps.readMetrics ?? readOwn;
  const edge = createEdge(
    {
      ...deps,
      sync: () => undefined,
      isInMaintenance: () => false,
      authenticate: () => {
        throw new AppError('not_authenticated');
      },
      requireRecentAuth: () => undefined, // nobody signs in here
      count: () => undefined,
    },
    { drainTimes },
  );
  const { app } = edge;
  healthRoutes(app, deps.checkReadiness);
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { auth: { kind: 'public' }, isProbe: true },
    handler: async (_request, reply) => {
      const { type, text } = await readMetrics();
      return reply.type(type).send(text);
    },
  });
  return edge;
}
