import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { principalOf } from '../../../http/guards.ts';
import { type MailContext, mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { CurrentPasswordDeps } from './check-current-password.ts';
import {
  beginEmailChange,
  confirmEmailChange,
  type EmailChangeDeps,
  emailChangeBody,
  emailChangeConfirmationBody,
} from './email-change.ts';
import type { Owner } from './prove-owner.ts';
import { undoBody, undoEmailChange } from './undo-email-change.ts';

const undone = Type.Object(
  { success: Type.String({ examples: ['The change was undone. Reset the password to sign in.'] }) },
  { description: 'The account has its earlier email again, no session, and no password.' },
);

/** Users change their email, and the old one undoes it. */
export function emailChangeRoutes(
  app: FastifyInstance,
  deps: EmailChangeDeps & CurrentPasswordDeps,
): void {
  const contextOf = (request: FastifyRequest) => mailContextOf(request, deps);
  const ownOf = (request: FastifyRequest): Owner & MailContext => ({
    ...principalOf(request),
    ...{ network: countedNetwork(request.ip), actor: actorOf(request) },
    ...contextOf(request),
  });

  app.route({
    method: 'POST',
    url: '/api/me/email/',
    config: {
      auth: { kind: 'user' },
      recentAuth: false, // it takes the password, or what stands in for it
      limits: ['CHANGES_PER_USER'],
    },
    schema: {
      operationId: 'beginEmailChange',
      summary: 'Ask for a mail to change your email',
      description:
        'The new email is mailed a code of six digits, in the language of `Accept-Language`; yours stays until it is ' +
        'sent back. The answer is the same where the new email has an account, which is then mailed instead. A newer ' +
        'flow voids an older one.',
      tags: ['Profile'],
      body: emailChangeBody.schema,
      response: {
        202: begunFlowSchema,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'mail_not_configured'] as const),
          'insufficient_user_authentication',
        ),
      },
    },
    handler: async (request, reply) =>
      reply.code(202).send(await beginEmailChange(deps, ownOf(request), request.body as Body)),
  });

  app.route({
    method: 'POST',
    url: '/api/me/email/confirm/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['CHANGES_PER_USER'] },
    schema: {
      operationId: 'confirmEmailChange',
      summary: 'Change your email by the code of a mail',
      description:
        'Takes `flow` and `code`, or the `token` of a link. The new email counts as proven, and the old one is mailed a ' +
        'link that undoes the change for seven days. A code may be wrong five times.',
      tags: ['Profile'],
      body: emailChangeConfirmationBody.schema,
      response: {
        200: ownProfileSchema,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
        ),
      },
    },
    handler: (request) => confirmEmailChange(deps, ownOf(request), request.body as Body),
  });

  app.route({
    method: 'POST',
    url: '/api/email-undo/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'undoEmailChange',
      summary: 'Undo a change of an email',
      description:
        'By the link that the old email was mailed. The account has that email again, or the last one before it that was ' +
        'not set by an access token alone, every session ends, and the password is removed: reset it to sign in. Also by the link that is mailed to who asks to reset the password of an ' +
        'account that was given their email without the password: it takes the email off that account.',
      tags: ['Accounts'],
      body: undoBody.schema,
      response: {
        200: undone,
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body', 'rate_limited'] as const),
        ),
      },
    },
    handler: async (request) => {
      const visitor = { ...contextOf(request), ...visitorOf(request) };
      await undoEmailChange(deps, visitor, request.body as Body);
      return { success: 'The change was undone. Reset the password to sign in.' };
    },
  });
}
