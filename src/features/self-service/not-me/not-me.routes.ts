import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { errorAnswers, orNull } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import { cancelResetByNotice, notMeBody, reportNotMe, resetCancellationBody } from './not-me.ts';

const reported = Type.Object(
  {
    ended_sessions: Type.Integer({ examples: [3] }),
    flow: orNull(
      Type.String(),
      'a_f3rmYvWkoZrWLV5mW3SVdC2xhPxvYt0nCNZQ4Gd1k',
      'Of the reset that was mailed: send it to `/api/password-reset/confirm/` with the code of that mail. Null where ' +
        'none was: support access was ended, or this server sends no mail.',
    ),
    expires_in: orNull(Type.Integer(), 600, 'In how many seconds the flow ends.'),
  },
  { title: 'NotMeReport', description: 'It was done.' },
);

const cancelled = Type.Object(
  { success: Type.String({ examples: ['The factors stay as they are.'] }) },
  { description: 'Nothing is reset.' },
);

export function notMeRoutes(app: FastifyInstance, deps: Deps & { limits: Limits; mail: Mail }) {
  app.route({
    method: 'POST',
    url: '/api/not-me/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'reportNotMe',
      summary: 'Say that what a security notice tells of was not you',
      description:
        'Takes the token of its link and the code of the same mail, within 7 days, once. Every session of the user ' +
        'ends, the password is removed, and a code to choose a new one is mailed. A notice of support access ends that ' +
        'alone. A code may be wrong nine times.',
      tags: ['Accounts'],
      body: notMeBody.schema,
      response: {
        200: reported,
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_code', 'invalid_fields', 'invalid_body'] as const),
          ...(['rate_limited'] as const),
        ),
      },
    },
    handler: async (request) => {
      const reporter = {
        ...visitorOf(request),
        ...mailContextOf(request, deps),
      };
      const { endedSessions, reset } = await reportNotMe(deps, reporter, request.body as Body);
      return {
        ended_sessions: endedSessions,
        flow: reset?.flow ?? null,
        expires_in: reset?.expiresInSeconds ?? null,
      };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/factor-reset/cancel/',
    config: { auth: { kind: 'public' }, limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'cancelFactorReset',
      summary: 'Cancel a reset of factors',
      description:
        'Takes the token of the link in the mail that told of it, until it is done. The factors stay as they are.',
      tags: ['Accounts'],
      body: resetCancellationBody.schema,
      response: {
        200: cancelled,
        ...errorAnswers(
          { body: true },
          ...(['invalid_link_token', 'invalid_fields', 'invalid_body', 'rate_limited'] as const),
        ),
      },
    },
    handler: async (request) => {
      await cancelResetByNotice(deps, visitorOf(request), request.body as Body);
      return { success: 'The factors stay as they are.' };
    },
  });
}
