import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { locatedAt, publicUrlOf } from '../../../http/public-url.ts';
import { begunFlowSchema, created, errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { applicantOf } from './applicant.ts';
import type { RegistrationDeps } from './registration.ts';
import {
  beginRegistration,
  confirmRegistration,
  registrationConfirmationBody,
  registrationStartBody,
} from './verified-registration.ts';

/** Accounts that are made once their email is proven. */
export function verifiedRegistrationRoutes(app: FastifyInstance, deps: RegistrationDeps): void {
  app.route({
    method: 'POST',
    url: '/api/registrations/',
    config: {
      auth: { kind: 'public' },
      limits: ['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'],
    },
    schema: {
      operationId: 'beginRegistration',
      summary: 'Ask for a mail to register with an email',
      description:
        'The answer is the same whether or not the email has an account. A new one is mailed a code of six digits; one ' +
        'that has an account is mailed that it has, and how to reset the password; in the language of ' +
        '`Accept-Language`. No more are sent than `MAILS_PER_RECIPIENT` allows. Only with the `REGISTRATION_MODE` ' +
        '`verify_first` or `open`.',
      tags: ['Accounts'],
      body: registrationStartBody.schema,
      response: {
        202: begunFlowSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_fields', 'invalid_body', 'registration_closed'] as const),
          ...(['rate_limited', 'mail_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const applicant = { ...applicantOf(request), publicUrl: publicUrlOf(app, deps) };
      return reply.code(202).send(await beginRegistration(deps, applicant, request.body as Body));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/registrations/confirm/',
    config: {
      auth: { kind: 'public' },
      limits: ['REGISTRATIONS_PER_NETWORK', 'LINK_TOKEN_FAILURES_PER_NETWORK'],
    },
    schema: {
      operationId: 'confirmRegistration',
      summary: 'Create an account by the code of a mail',
      description:
        'Takes `flow` and `code`, or the `token` of a link. The email counts as proven. A code may be wrong five times; ' +
        'a password or username that is refused does not use it up. Sign in at `/api/login/` afterwards.',
      tags: ['Accounts'],
      body: registrationConfirmationBody.schema,
      response: {
        201: created(ownProfileSchema, '../../../api/me/'),
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['registration_closed', 'rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const made = await confirmRegistration(deps, applicantOf(request), request.body as Body);
      return reply.code(201).headers(locatedAt(request, 'api/me/')).send(made);
    },
  });
}
