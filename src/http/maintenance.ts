import type { onRequestHookHandler } from 'fastify';
import { AppError } from '../errors/index.ts';
import type { Answer } from '../lib/answer.ts';
import type { ChecksOf } from './route-checks.ts';
import { answersError, changesData } from './routes.ts';

/** What clients are told to wait: a move takes minutes, and a refresh should not wait much longer. */
const retryAfterSeconds = 5;

/**
 * Refuses requests that change data while the server is in maintenance. Requests that only read are answered. It looks
 * when a request comes, and again when its body is there, which may be half a minute later.
 */
export function createMaintenanceCheck(isInMaintenance: () => Answer<boolean>): ChecksOf {
  const refuse: onRequestHookHandler = (_request, _reply, done) => {
    const end = (isRefused: boolean) => done(isRefused ? maintenance() : undefined);
    const answer = isInMaintenance();
    if (answer instanceof Promise) answer.then(end, done);
    else end(answer);
  };
  return (route) => {
    if (!changesData(route)) return {};
    answersError(route, 'maintenance');
    return { onRequest: [refuse], preHandler: [refuse] };
  };
}

function maintenance(): AppError {
  return new AppError('maintenance', { headers: { 'retry-after': String(retryAfterSeconds) } });
}
