import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { credentialsBody, type LoginDeps, loginLimitNames } from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import {
  beginEmailVerificationByPassword,
  confirmEmailVerification,
  unsignedVerificationBody,
} from './email-verification.ts';

/** Users prove their email who cannot sign in before they have. */
export function unsignedVerificationRoutes(
  app: FastifyInstance,
  deps: LoginDeps & { mail: Mail },
): void {
  app.route({
    method: 'POST',
    url: '/api/email-verification/',
    config: {
      auth: { kind: 'public' },
      limits: [
        ...loginLimitNames,
        ...(['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'] as const),
      ],
    },
    schema: {
      operationId: 'beginEmailVerificationByPassword',
      summary: 'Ask for a mail to prove an email before signing in',
      description:
        'For users whose sign-in was refused with `email_not_verified`. Takes what a sign-in takes, and is refused as ' +
        'that is. The mail has a code of six digits and a link, in the language of `Accept-Language`.',
      tags: ['Accounts'],
      body: credentialsBody.schema,
      response: {
        202: begunFlowSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_credentials', 'rate_limited', 'overloaded'] as const),
          ...(['mail_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const { authorization } = request.headers;
      const client = { origin: sessionOriginOf(request), authorization };
      const how = mailContextOf(request, deps);
      const body = request.body as Body;
      return reply.code(202).send(await beginEmailVerificationByPassword(deps, client, body, how));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/email-verification/confirm/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'confirmEmailVerificationByPassword',
      summary: 'Prove an email by the code of a mail before signing in',
      description:
        'Takes the `flow` that began at `/api/email-verification/`, and the `code` of its mail. The link of the mail is not ' +
        'enough: its reader may not be who asked for it. A code may be wrong five times: `invalid_code` has `tries_left`. ' +
        '`flow_expired` where the flow is over, began in a session, or the account was deactivated or has another email ' +
        'since. Sign in afterwards.',
      tags: ['Accounts'],
      body: unsignedVerificationBody.schema,
      response: {
        200: ownProfileSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['rate_limited'] as const),
        ),
      },
    },
    handler: (request) => confirmEmailVerification(deps, visitorOf(request), request.body as Body),
  });
}
