import type { FastifyInstance } from 'fastify';
import { type Body, textMember } from '../../../contract/fields.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { declareCodeBody, declareEmailBody } from '../../identity/flows/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { deviceTokenField } from '../login/index.ts';
import { type SessionDeps, sessionOriginOf } from '../sessions/index.ts';
import { beginMailSignIn, confirmMailSignIn } from './mail-sign-in.ts';

const beginBody = declareEmailBody({ title: 'MailSignIn' });
const confirmBody = declareCodeBody(
  { title: 'MailSignInConfirmation' },
  { device_token: deviceTokenField },
);

export function mailSignInRoutes(
  app: FastifyInstance,
  deps: SessionDeps & { mail: Mail; limits: Limits; failures: Failures },
): void {
  app.route({
    method: 'POST',
    url: '/api/login/mail/',
    config: {
      auth: { kind: 'public' },
      limits: ['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'],
    },
    schema: {
      operationId: 'beginMailSignIn',
      summary: 'Ask for a mail to sign in',
      description:
        'Only if `MAIL_SIGN_IN` is on. The answer is always the same: if nobody has the email, and ' +
        'if no mail is sent because of `MAILS_PER_RECIPIENT`. The mail has a code of six digits and ' +
        'a link, in the language of `Accept-Language`. A newer flow from the same network voids an ' +
        'older one.',
      tags: ['Sessions'],
      body: beginBody.schema,
      response: {
        202: begunFlowSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_fields', 'invalid_body', 'mail_sign_in_off'] as const),
          ...(['rate_limited', 'mail_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const asker = {
        ...visitorOf(request),
        ...mailContextOf(request, deps),
      };
      return reply.code(202).send(await beginMailSignIn(deps, asker, request.body as Body));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/login/mail/confirm/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'confirmMailSignIn',
      summary: 'Sign in with the code of a mail',
      description:
        'Only if `MAIL_SIGN_IN` is on. A code may be wrong five times. It proves the email. The ' +
        'first proof ends the existing sessions and removes the password, because somebody else may ' +
        'have set them up.',
      tags: ['Sessions'],
      body: confirmBody.schema,
      response: {
        200: tokenPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['second_factor_required', 'second_factor_enrolment_required'] as const),
          ...(['mail_sign_in_off', 'rate_limited'] as const),
        ),
      },
    },
    handler: (request) => {
      const body = request.body as Body;
      const deviceToken = textMember(body, 'device_token');
      return confirmMailSignIn(deps, sessionOriginOf(request), confirmBody.read(body), deviceToken);
    },
  });
}
