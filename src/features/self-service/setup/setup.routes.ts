import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { locatedAt } from '../../../http/public-url.ts';
import { created, errorAnswers, profileSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { requireFromHere } from './from-here.routes.ts';
import { checkSetupLink, setUp, setupBody, setupTokenBody } from './setup.ts';

const afterSetup =
  'After its use the link is refused with `invalid_link_token`. `already_set_up` means that the ' +
  'link was not used, and a superuser was created in another way meanwhile.';

export function setupRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy; limits: Limits },
): void {
  app.route({
    method: 'POST',
    url: '/api/setup/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'setUp',
      summary: 'Create the first administrator',
      description:
        'With the link that the server prints at its start while there is no superuser. Only from ' +
        "the server's own machine. " +
        afterSetup,
      tags: ['Accounts'],
      body: setupBody.schema,
      response: {
        201: created(profileSchema, '../../api/me/'),
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body'] as const),
          ...(['permission_denied', 'already_set_up', 'rate_limited', 'overloaded'] as const),
        ),
      },
    },
    onRequest: async (request) => requireFromHere(request),
    handler: async (request, reply) => {
      const profile = await setUp(deps, visitorOf(request), request.body as Body);
      return reply.code(201).headers(locatedAt(request, 'api/me/')).send(profile);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/setup/check/',
    config: {
      auth: { kind: 'public' },
      writes: false,
      limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    },
    schema: {
      operationId: 'checkSetupLink',
      summary: 'Ask whether the link of the first administrator is valid',
      description: `Before a form is shown; from the server's own machine alone. ${afterSetup}`,
      tags: ['Accounts'],
      body: setupTokenBody.schema,
      response: {
        200: Type.Object({}, { title: 'GoodLink', description: 'The link is valid.' }),
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body'] as const),
          ...(['permission_denied', 'already_set_up', 'rate_limited'] as const),
        ),
      },
    },
    onRequest: async (request) => requireFromHere(request),
    handler: async (request) => {
      await checkSetupLink(deps, visitorOf(request), request.body as Body);
      return {};
    },
  });
}
