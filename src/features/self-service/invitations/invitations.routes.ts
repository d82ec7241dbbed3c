import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { errorAnswers, profileSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import {
  acceptanceBody,
  acceptInvitation,
  checkInvitation,
  invitationTokenBody,
} from './invitations.ts';

export function invitationRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy; limits: Limits },
): void {
  app.route({
    method: 'POST',
    url: '/api/invitation/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'acceptInvitation',
      summary: 'Accept an invitation',
      description:
        'Sets the first password of a user who was created without one. The link works once; a ' +
        'password that the policy refuses does not use it up.',
      tags: ['Accounts'],
      body: acceptanceBody.schema,
      response: {
        200: profileSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body'] as const),
          ...(['rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      return acceptInvitation(deps, visitorOf(request), request.body as Body);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/invitation/check/',
    config: {
      auth: { kind: 'public' },
      writes: false,
      limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    },
    schema: {
      operationId: 'checkInvitation',
      summary: 'Ask whether an invitation is valid',
      description: 'For a page, before it shows its form. The link stays usable.',
      tags: ['Accounts'],
      body: invitationTokenBody.schema,
      response: {
        200: Type.Object(
          { email: Type.String({ examples: ['ada@example.com'] }) },
          { title: 'InvitedUser', description: 'The link is valid.' },
        ),
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body', 'rate_limited'] as const),
        ),
      },
    },
    handler: async (request) => {
      return checkInvitation(deps, visitorOf(request), request.body as Body);
    },
  });
}
