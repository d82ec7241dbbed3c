import type { FastifyInstance, onRequestHookHandler, RouteOptions } from 'fastify';
import { AppError } from '../errors/index.ts';
import type { Answer } from '../lib/answer.ts';
import { withErrorAnswer } from './schemas.ts';

/** What clients are told to wait: a move takes minutes, and a refresh should not wait much longer. */
const retryAfterSeconds = 5;

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Whether a route changes data: what it declares, else what its method says (RFC 9110 9.2.1). */
function isWrite({ method, config }: RouteOptions): boolean {
  return config?.writes ?? [method].flat().some((name) => !safeMethods.has(name));
}

/**
 * Refuses what changes data while the server is in maintenance; what only reads is answered. Looks
 * when a request comes and once more when its body is there, which may be half a minute later.
 */
export function refuseWritesInMaintenance(
  app: FastifyInstance,
  isInMaintenance: () => Answer<boolean>,
): void {
  const refuse: onRequestHookHandler = (_request, _reply, done) => {
    const end = (isRefused: boolean) => done(isRefused ? maintenance() : undefined);
    const answer = isInMaintenance();
    if (answer instanceof Promise) answer.then(end, done);
    else end(answer);
  };
  app.addHook('onRoute', (route) => {
    if (!isWrite(route)) return;
    route.onRequest = [refuse, ...[route.onRequest ?? []].flat()];
    route.preHandler = [refuse, ...[route.preHandler ?? []].flat()];
    const responses = route.schema?.response as Record<number, unknown> | undefined;
    if (responses && route.schema) {
      route.schema = { ...route.schema, response: withErrorAnswer(responses, 'maintenance') };
    }
  });
}

function maintenance(): AppError {
  return new AppError('maintenance', { headers: { 'retry-after': String(retryAfterSeconds) } });
}
