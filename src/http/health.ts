import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../errors/index.ts';
import { errorAnswers } from './schemas.ts';

/** What `/readyz` looks at, each with what is said where it fails. */
const checks = {
  database: 'the database does not answer',
  migrations: 'migrations are still to be applied',
  writes: 'the database does not accept writes',
  stopping: 'the process is being stopped',
  workers: 'no worker serves',
} as const;

export type ReadinessCheck = keyof typeof checks;

/**
 * Gives the checks that fail; none: the server can take requests.
 *
 * @throws whatever keeps the database from answering
 */
export type CheckReadiness = () => Promise<readonly ReadinessCheck[]>;

/** A check that takes longer has failed: a probe needs an answer, not a wait. */
const checkLimitMs = 2_000;

const tags = ['Operation'];
const config = { auth: { kind: 'public' }, isProbe: true } as const;

const statusSchema = (status: string, description: string) =>
  Type.Object({ status: Type.String({ enum: [status], examples: [status] }) }, { description });

/** `/healthz`: does the process run? `/readyz`: should it get requests? */
export function healthRoutes(app: FastifyInstance, checkReadiness: CheckReadiness): void {
  const look = shareWhileRunning(() => withinLimit(checkReadiness));

  app.route({
    method: 'GET',
    url: '/healthz',
    config,
    schema: {
      operationId: 'checkHealth',
      summary: 'Is the process alive?',
      description: 'Checks nothing else. If this does not answer, restart the process.',
      tags,
      response: {
        200: statusSchema('ok', 'It is alive.'),
        ...errorAnswers({ probe: true }),
      },
    },
    handler: (_request, reply) => {
      reply.send({ status: 'ok' });
    },
  });

  app.route({
    method: 'GET',
    url: '/readyz',
    config,
    schema: {
      operationId: 'checkReadiness',
      summary: 'Can the server handle requests?',
      description:
        'The database answers and accepts writes, its migrations are applied, and the process is ' +
        'not stopping. If this is not 200, send it no requests.',
      tags,
      response: {
        200: statusSchema('ready', 'It is ready.'),
        ...errorAnswers({ probe: true }, 'not_ready'),
      },
    },
    handler: async (_request, reply) => {
      const { failed, cause } = await look();
      if (failed.length === 0) return reply.send({ status: 'ready' });
      throw new AppError('not_ready', {
        detail: `Not ready: ${failed.map((check) => checks[check]).join('; ')}.`,
        members: { failed_checks: failed },
        cause,
        log: { failed_checks: failed },
      });
    },
  });
}

interface Findings {
  readonly failed: readonly ReadinessCheck[];
  readonly cause?: unknown;
}

async function withinLimit(check: CheckReadiness): Promise<Findings> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`no answer within ${checkLimitMs} ms`));
  }, checkLimitMs);
  try {
    return { failed: await Promise.race([check(), late.promise]) };
  } catch (cause) {
    return { failed: ['database'], cause };
  } finally {
    clearTimeout(timer);
  }
}

/** Lets calls that come while one is under way have its answer: anybody may ask, at any rate. */
function shareWhileRunning<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => {
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}
