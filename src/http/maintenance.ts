import type { FastifyInstance, onRequestHookHandler } from 'fastify';
import { AppError } from '../errors/index.ts';
import type { Answer } from '../lib/answer.ts';
import { answersError, changesData } from './routes.ts';

/** What clients are told to wait: a move takes minutes, and a refresh should not wait much longer. */
const retryAfterSeconds = 5;

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
    if (!changesData(route)) return;
    route.onRequest = [refuse, ...[route.onRequest ?? []].flat()];
    route.preHandler = [refuse, ...[route.preHandler ?? []].flat()];
    answersError(route, 'maintenance');
  });
}

function maintenance(): AppError {
  return new AppError('maintenance', { headers: { 'retry-after': String(retryAfterSeconds) } });
}
