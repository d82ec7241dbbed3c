import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import {
  beginEmailVerification,
  confirmEmailVerification,
  type Own,
  verificationBody,
} from './email-verification.ts';

export function emailVerificationRoutes(
  app: FastifyInstance,
  deps: Deps & { mail: Mail; limits: Limits },
): void {
  app.route({
    method: 'POST',
    url: '/api/me/email-verification/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['CHANGES_PER_USER'] },
    schema: {
      operationId: 'beginEmailVerification',
      summary: 'Ask for a mail to prove your email',
      description:
        'The mail has a code of six digits and a link, in the language of `Accept-Language`. No more are sent than ' +
        '`MAILS_PER_RECIPIENT` allows, and the answer is the same. A newer flow voids an older one.',
      tags: ['Profile'],
      response: {
        202: begunFlowSchema,
        ...errorAnswers({ owner: true }, 'email_already_verified', 'mail_not_configured'),
      },
    },
    handler: async (request, reply) => {
      const how = mailContextOf(request, deps);
      return reply.code(202).send(await beginEmailVerification(deps, ownOf(request), how));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/me/email-verification/confirm/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['CHANGES_PER_USER'] },
    schema: {
      operationId: 'confirmEmailVerification',
      summary: 'Prove your email by the code of a mail',
      description:
        'Takes `flow` and `code`, or the `token` of a link, or the `code` alone of the newest mail. A code may be wrong five times.',
      tags: ['Profile'],
      body: verificationBody.schema,
      response: {
        200: ownProfileSchema,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
        ),
      },
    },
    handler: (request) => confirmEmailVerification(deps, ownOf(request), request.body as Body),
  });
}

function ownOf(request: FastifyRequest): Own {
  const { id } = principalOf(request);
  return { id, network: countedNetwork(request.ip), actor: actorOf(request) };
}
