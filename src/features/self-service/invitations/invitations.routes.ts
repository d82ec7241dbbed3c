import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { errorAnswers, neverStored, profileSchema, readByHand } from '../../../http/schemas.ts';
import { countedNetwork, plainAddress } from '../../../lib/ip-address.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { acceptInvitation } from './invitations.ts';

const acceptance = Type.Object(
  {
    token: Type.String({
      description: 'What the link has behind `token=`.',
      examples: ['a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k'],
    }),
    password: Type.String({ maxLength: 128, examples: ['correct horse battery'] }),
  },
  { title: 'InvitationAcceptance' },
);

export function invitationRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy; limits: Limits },
): void {
  app.route({
    method: 'POST',
    url: '/api/invitation/',
    config: { auth: 'public', limits: ['ONE_TIME_TOKEN_FAILURES_PER_ADDRESS'] },
    ...readByHand,
    schema: {
      operationId: 'acceptInvitation',
      summary: 'Accept an invitation',
      description:
        'Sets the first password of a user who was made without one. The link works once; a password ' +
        'that the policy refuses does not use it up.',
      tags: ['Accounts'],
      body: acceptance,
      response: {
        200: profileSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body'] as const),
          ...(['rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      reply.headers(neverStored);
      const address = plainAddress(request.ip) ?? null;
      const visitor = { address, network: countedNetwork(request.ip) };
      return acceptInvitation(deps, visitor, request.body as Body);
    },
  });
}
