import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Database } from '../../../db/database.ts';
import { errorAnswers, orNull } from '../../../http/schemas.ts';
import { type ListedNode, listNodes } from './list-nodes.ts';

const time = (description: string) =>
  Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'], description });

const nodeList = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        id: Type.String({ examples: ['0f3b7a52-7f0c-4a52-9d6e-3b1f6f1f9a10'] }),
        version: Type.String({ examples: ['0.1.0'], description: 'The version of Latchkey.' }),
        host: Type.String({ examples: ['auth-1'] }),
        pid: Type.Integer({ examples: [4711] }),
        worker: orNull(
          Type.Integer(),
          1,
          'Its number among the processes behind one port; null: there is only one.',
        ),
        started_at: time('When it started.'),
        seen_at: time('When it last reported that it runs.'),
        is_alive: Type.Boolean({
          examples: [true],
          description: 'Whether it reported recently enough to count as running.',
        }),
        settings_lag_ms: Type.Integer({
          examples: [0],
          description:
            'How many seconds a change of the settings has not been applied on it. 0: all are applied.',
        }),
        leads: Type.Array(Type.String(), {
          examples: [['keys', 'sweep']],
          description: 'The background work that it does for all nodes.',
        }),
      }),
    ),
  },
  {
    title: 'NodeList',
    description: 'The running nodes, the oldest first, and those that died within the last hour.',
  },
);

export function nodeRoutes(app: FastifyInstance, deps: { readonly database: Database }): void {
  app.route({
    method: 'GET',
    url: '/api/admin/nodes/',
    config: { auth: { kind: 'admin', permission: 'nodes.view' } },
    schema: {
      operationId: 'listNodes',
      summary: 'List the server processes of the database',
      tags: ['Operation'],
      response: { 200: nodeList, ...errorAnswers({ admin: true }) },
    },
    handler: async (): Promise<Static<typeof nodeList>> => ({
      items: (await listNodes(deps.database)).map(nodeJson),
    }),
  });
}

/** A node as programs read it, from the API and from the command line alike. */
export function nodeJson(node: ListedNode) {
  return {
    id: node.id,
    version: node.version,
    host: node.host,
    pid: node.pid,
    worker: node.worker,
    started_at: new Date(node.startedAtMs).toISOString(),
    seen_at: new Date(node.seenAtMs).toISOString(),
    is_alive: node.isAlive,
    settings_lag_ms: node.settingsLagMs,
    leads: [...node.leads],
  };
}
