import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import { actorOf, type Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { reauthenticate, reauthenticationBody } from './reauthenticate.ts';

const confirmed = Type.Object(
  {
    recent_until: Type.String({
      format: 'date-time',
      description: 'When recent authentication ends.',
      examples: ['2026-03-01T08:15:00.000Z'],
    }),
  },
  { title: 'RecentAuthentication', description: 'The password is correct.' },
);

export function reauthenticationRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; limits: Limits; failures: Failures },
): void {
  app.route({
    method: 'POST',
    url: '/api/me/reauthenticate/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      operationId: 'reauthenticate',
      summary: 'Reauthenticate with the current password',
      description:
        'Some requests need recent authentication: a password that was checked within ' +
        '`REAUTHENTICATION_AGE`, at sign-in or here. The session and its tokens stay the same.',
      tags: ['Profile'],
      body: reauthenticationBody.schema,
      response: {
        200: confirmed,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'permission_denied'] as const),
          ...(['rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      const network = countedNetwork(request.ip);
      const own = { ...principalOf(request), network, actor: actorOf(request) };
      const untilMs = await reauthenticate(deps, own, request.body as Body);
      return { recent_until: new Date(untilMs).toISOString() };
    },
  });
}
