import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { locatedAt, publicUrlOf } from '../../../http/public-url.ts';
import { created, errorAnswers, profileSchema } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { applicantOf } from './applicant.ts';
import { type RegistrationDeps, register, registrationBody } from './registration.ts';

export function registrationRoutes(app: FastifyInstance, deps: RegistrationDeps): void {
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
        'Only if `REGISTRATION_MODE` is `open`. A new password must also pass the policy of the server: a minimum ' +
        'length, not common, not similar to the email, and if that is switched on not from a known breach. The ' +
        'policy is checked once every field is valid; all its messages are in the list of `password`. If the server ' +
        'sends mail and `REGISTRATION_MAIL` is on, the email is sent a code to prove it, in the language of ' +
        '`Accept-Language`.',
      tags: ['Accounts'],
      body: registrationBody.schema,
      response: {
        201: created(profileSchema, '../../api/me/'),
        ...errorAnswers(
          { body: true },
          ...(['invalid_fields', 'invalid_body', 'registration_closed'] as const),
          ...(['rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      await deps.limits.count('REGISTRATIONS_PER_NETWORK', countedNetwork(request.ip));
      const applicant = { ...applicantOf(request), publicUrl: publicUrlOf(app, deps) };
      const profile = await register(deps, request.body as Body, applicant);
      return reply.code(201).headers(locatedAt(request, 'api/me/')).send(profile);
    },
  });
}
