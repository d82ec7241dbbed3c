import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import { type CheckReadiness, healthRoutes } from './health.ts';
import { answerOtherMethods } from './methods.ts';
import { createEdge } from './server.ts';
import type { EdgeDeps } from './types.ts';

/**
 * The listener for those who run the server: health and metrics. Apart from the public one, so that
 * what the metrics tell is nobody else's to read.
 */
export function createOperations(
  deps: Pick<EdgeDeps, 'log' | 'metrics'> & { checkReadiness: CheckReadiness },
): FastifyInstance {
  const { registry } = deps.metrics;
  const { app } = createEdge({
    ...deps,
    sync: () => undefined,
    isInMaintenance: () => false,
    authenticate: () => {
      throw new AppError('not_authenticated');
    },
  });
  healthRoutes(app, deps.checkReadiness);
  app.route({
    method: 'GET',
    url: '/metrics',
    config: { auth: 'public', isProbe: true },
    handler: async (_request, reply) =>
      reply.type(registry.contentType).send(await registry.metrics()),
  });
  answerOtherMethods(app);
  return app;
}
