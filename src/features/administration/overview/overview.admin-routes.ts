import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../deps.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import type { Activity } from './activity.ts';
import { createReadCounts } from './counts.ts';

const count = (example: number, description?: string) =>
  Type.Integer({ examples: [example], ...(description !== undefined && { description }) });
const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-03-01T08:00:00.000Z'] });

const overview = Type.Object(
  {
    users: Type.Object({ total: count(1_204), active: count(1_198) }),
    sessions: Type.Object({ live: count(431) }),
    administrators_without_factor: count(
      1,
      'How many active administrators have no second factor; 1,000 means that many or more.',
    ),
    counted_at: time('When users and sessions were counted.'),
    series: Type.Array(
      Type.Object({
        at: time('When these ten minutes begin.'),
        sign_ins: count(12),
        failures: count(1, 'Refused sign-ins.'),
        refreshes: count(420),
      }),
      {
        description:
          'The last 24 hours in steps of ten minutes, of all nodes together, the oldest first.',
      },
    ),
    hash_queue: Type.Object(
      { waiting: count(0), limit: count(256) },
      { description: 'How many passwords wait to be checked on this node, and the limit.' },
    ),
    event_loop_delay_ms: Type.Number({
      description:
        'How late the event loop of this node was, at the 99th percentile since the last request of ' +
        'this.',
      examples: [1.2],
    }),
  },
  { title: 'Overview', description: 'The figures of the overview.' },
);

const resolutionMs = 50;

/** How the server is, at a glance. */
export function overviewRoutes(
  app: FastifyInstance,
  deps: Deps & { activity: Activity; passwords: Passwords },
): void {
  const readCounts = createReadCounts(deps);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  app.addHook('onClose', async () => {
    delay.disable();
  });

  app.route({
    method: 'GET',
    url: '/api/admin/overview/',
    config: { auth: { kind: 'admin', permission: 'nodes.view' } },
    schema: {
      operationId: 'readOverview',
      summary: 'The figures of the overview',
      description:
        'Users and sessions are counted in the background, so the answer may be seconds old; ' +
        '`counted_at` says when.',
      tags: ['Operation'],
      response: { 200: overview, ...errorAnswers({ admin: true }) },
    },
    handler: async (): Promise<Static<typeof overview>> => {
      const [counts, series, queue] = await Promise.all([
        readCounts(),
        deps.activity.read(),
        deps.metrics.hashQueueDepth.get(),
      ]);
      return {
        users: counts.users,
        sessions: counts.sessions,
        administrators_without_factor: counts.administratorsWithoutFactor,
        counted_at: new Date(counts.countedAtMs).toISOString(),
        series: series.map(({ atMs, signIns, failures, refreshes }) => ({
          at: new Date(atMs).toISOString(),
          sign_ins: signIns,
          failures,
          refreshes,
        })),
        hash_queue: { waiting: queue.values[0]?.value ?? 0, limit: deps.passwords.maxWaiting },
        event_loop_delay_ms: readDelay(),
      };
    },
  });

  /** What the histogram measures is from one tick to the next: the time between them is not late. */
  function readDelay(): number {
    const lateMs = delay.count === 0 ? 0 : delay.percentile(99) / 1e6 - resolutionMs;
    delay.reset();
    return Math.max(0, Math.round(lateMs * 10) / 10);
  }
}
