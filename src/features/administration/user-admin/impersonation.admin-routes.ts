import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { declareBody, described } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { errorAnswers, idPath, tokenPairSchema } from '../../../http/schemas.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { type SessionDeps, sessionOriginOf } from '../../sign-in/sessions/index.ts';
import { impersonate } from './impersonate.ts';
import { asAnswer } from './refusals.ts';
import { reasonField } from './user-bodies.ts';

const reasonBody = declareBody(
  { reason: described(reasonField, { examples: ['ticket 4711: the invoice does not load'] }) },
  { title: 'Impersonation' },
);

/** Administrators act in the name of a user for a short time. */
export function impersonationRoutes(app: FastifyInstance, deps: SessionDeps): void {
  app.route<{ Params: Static<typeof idPath> }>({
    method: 'POST',
    url: '/api/admin/users/:id/impersonation/',
    config: {
      auth: { kind: 'admin', permission: 'users.impersonate' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      operationId: 'impersonateUser',
      summary: 'Act in the name of a user',
      description:
        'The answer has the tokens of a session of the user that ends after ' +
        '`IMPERSONATION_LIFETIME`, or when it is logged out. Its access tokens name the ' +
        'administrator: `act: {"sub": "<id>"}` (RFC 8693). It sees what the user sees in the ' +
        'application. Of the account itself it can only read the profile and the list of sessions, ' +
        'where the user sees it as support access.',
      tags: ['Users'],
      params: idPath,
      body: reasonBody.schema,
      response: {
        201: tokenPairSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const { reason } = reasonBody.read(request.body as Body);
      const origin = sessionOriginOf(request);
      const { id } = request.params;
      const pair = await asAnswer(impersonate(deps, id, reason, actorOf(request), origin));
      return reply.code(201).send(pair);
    },
  });
}
