import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import type { PasswordPolicy } from '../../identity/passwords/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { type FactorDeps, requestOptionsSchema } from '../../sign-in/factors/index.ts';
import { secondFactorLimits } from '../../sign-in/login/index.ts';
import { sessionOriginOf } from '../../sign-in/sessions/index.ts';
import {
  beginPasswordReset,
  confirmPasswordReset,
  passwordResetOptions,
  resetBody,
  resetConfirmationBody,
  resetOptionsBody,
} from './password-reset.ts';

const confirmed = Type.Object(
  { success: Type.String({ examples: ['Password reset.'] }) },
  { description: 'The password is set, and every session of the user has ended.' },
);

export function passwordResetRoutes(
  app: FastifyInstance,
  deps: FactorDeps & { mail: Mail; passwordPolicy: PasswordPolicy },
): void {
  app.route({
    method: 'POST',
    url: '/api/password-reset/',
    config: {
      auth: { kind: 'public' },
      limits: ['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'],
    },
    schema: {
      operationId: 'beginPasswordReset',
      summary: 'Ask for a mail to reset a password',
      description:
        'The answer is always the same: if nobody has the email, and if no mail is sent because of ' +
        '`MAILS_PER_RECIPIENT`. The mail has a code of six digits and a link to a page that takes ' +
        'it, in the language of `Accept-Language`. A newer flow from the same network voids an ' +
        'older one.',
      tags: ['Accounts'],
      body: resetBody.schema,
      response: {
        202: begunFlowSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_fields', 'invalid_body', 'rate_limited', 'mail_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const asker = {
        ...visitorOf(request),
        ...mailContextOf(request, deps),
      };
      return reply.code(202).send(await beginPasswordReset(deps, asker, request.body as Body));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/password-reset/confirm/',
    config: {
      auth: { kind: 'public' },
      limits: ['LINK_TOKEN_FAILURES_PER_NETWORK', ...secondFactorLimits],
    },
    schema: {
      operationId: 'confirmPasswordReset',
      summary: 'Set a new password by the code of a mail',
      description:
        'Takes `flow` and `code`, or the `token` of a link. Ends every session of the user, and proves the email. ' +
        'A code may be wrong five times; a password that the policy refuses does not use it up. Of a user with a second ' +
        'factor it takes `second_factor` as well; without it the answer is `second_factor_required`, with the `methods` of ' +
        'the user, and the code stays good.',
      tags: ['Accounts'],
      body: resetConfirmationBody.schema,
      response: {
        200: confirmed,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['second_factor_required', 'rate_limited', 'overloaded'] as const),
          'passkeys_not_configured',
        ),
      },
    },
    handler: async (request) => {
      const resetter = { ...visitorOf(request), device: sessionOriginOf(request).device };
      await confirmPasswordReset(deps, resetter, request.body as Body);
      return { success: 'Password reset.' };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/password-reset/options/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'askPasskeyForReset',
      summary: 'Ask for a passkey to reset a password',
      description:
        'Of a user whose reset was answered with `second_factor_required`. Takes `flow` and `code`, or the `token` of a link, ' +
        'and uses neither up. `PublicKeyCredential.parseRequestOptionsFromJSON()` reads the answer.',
      tags: ['Accounts'],
      body: resetOptionsBody.schema,
      response: {
        200: requestOptionsSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['rate_limited', 'passkeys_not_configured'] as const),
        ),
      },
    },
    handler: (request) => passwordResetOptions(deps, visitorOf(request), request.body as Body),
  });
}
