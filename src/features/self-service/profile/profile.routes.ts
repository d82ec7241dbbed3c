import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { changeOwnProfile, ownProfile, profileChangeBody } from './profile.ts';

const url = '/api/me/';

export function profileRoutes(app: FastifyInstance, deps: Deps & { limits: Limits }): void {
  app.route({
    method: 'GET',
    url,
    config: { auth: { kind: 'user', isOpenToImpersonation: true } },
    schema: {
      operationId: 'readProfile',
      summary: 'Read your profile',
      tags: ['Profile'],
      response: { 200: ownProfileSchema, ...errorAnswers({ user: true }) },
    },
    handler: (request, reply) => {
      reply.send(ownProfile(principalOf(request)));
    },
  });

  for (const [method, operationId] of [
    ['PUT', 'changeProfile'],
    ['PATCH', 'patchProfile'],
  ] as const) {
    app.route({
      method,
      url,
      config: { auth: { kind: 'user' }, recentAuth: false, limits: ['CHANGES_PER_USER'] },
      schema: {
        operationId,
        summary: 'Change your profile',
        description: 'What is absent stays. One bad field, and nothing is stored.',
        tags: ['Profile'],
        body: profileChangeBody.schema,
        response: {
          200: ownProfileSchema,
          ...errorAnswers({ body: true, owner: true }, 'invalid_fields', 'invalid_body'),
        },
      },
      handler: (request) => {
        const own = { ...principalOf(request), network: countedNetwork(request.ip) };
        return changeOwnProfile(deps, own, request.body as Body, actorOf(request));
      },
    });
  }
}
