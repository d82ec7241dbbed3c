import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { acceptedLanguages } from '../../../http/negotiation.ts';
import { locatedAt } from '../../../http/public-url.ts';
import { created, errorAnswers, profileSchema } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { languageTag } from '../../../lib/languages.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import { anonymousActor } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { register, registrationBody } from './registration.ts';

export function registrationRoutes(
  app: FastifyInstance,
  deps: Deps & { passwords: Passwords; passwordPolicy: PasswordPolicy; limits: Limits },
): void {
  app.route({
    method: 'POST',
    url: '/api/register/',
    config: {
      auth: { kind: 'public' },
      limits: ['REGISTRATIONS_PER_ACCOUNT', 'REGISTRATIONS_PER_NETWORK'],
    },
    schema: {
      operationId: 'register',
      summary: 'Create an account',
      description:
        'A new password has to pass the policy of the server as well: a least length, not a common ' +
        'one, not like the address, and where that is switched on not from a known breach. It is ' +
        'asked once every field is good by itself; all that it finds is in the list of `password`.',
      tags: ['Accounts'],
      body: registrationBody.schema,
      response: {
        201: created(profileSchema, '../../api/me/'),
        ...errorAnswers(
          { body: true },
          'invalid_fields',
          'invalid_body',
          'rate_limited',
          'overloaded',
        ),
      },
    },
    handler: async (request, reply) => {
      await deps.limits.count('REGISTRATIONS_PER_NETWORK', countedNetwork(request.ip));
      const locale = languageTag(acceptedLanguages(request.headers)[0] ?? '');
      const client = anonymousActor(request);
      const profile = await register(deps, request.body as Body, client, locale);
      return reply.code(201).headers(locatedAt(request, 'api/me/')).send(profile);
    },
  });
}
