import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { principalOf } from '../../../http/guards.ts';
import { mailContextOf } from '../../../http/mail-context.ts';
import { begunFlowSchema, errorAnswers, ownProfileSchema } from '../../../http/schemas.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { actorOf } from '../../platform/audit/index.ts';
import type { FactorPolicy } from '../../sign-in/sessions/index.ts';
import type { EmailChangeDeps } from './email-change.ts';
import { findFactorDue } from './factor-due.ts';
import { changeOwnProfile, ownProfile, profileChangeBody } from './profile.ts';

const url = '/api/me/';

const { flow, expires_in: expiresIn } = begunFlowSchema.properties;

const changedProfile = Type.Object(
  {
    ...ownProfileSchema.properties,
    pending_email: Type.Optional(
      Type.String({
        description: 'The email that is to be proven first. Absent: none.',
        examples: ['ada@example.org'],
      }),
    ),
    flow: Type.Optional(flow),
    expires_in: Type.Optional(expiresIn),
  },
  { title: 'ChangedProfile', description: 'The profile after the change.' },
);

export function profileRoutes(
  app: FastifyInstance,
  deps: EmailChangeDeps & { readonly factorPolicy: FactorPolicy },
): void {
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
      const own = principalOf(request);
      const profile = ownProfile(own);
      const due = findFactorDue(deps, own);
      if (!(due instanceof Promise)) return reply.send(profile);
      return due.then((second_factor_due_at) =>
        second_factor_due_at === undefined ? profile : { ...profile, second_factor_due_at },
      );
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
        description:
          'What is absent stays unchanged. If one field is bad, nothing is stored. Where ' +
          '`EMAIL_CHANGE_MODE` is `confirm`, another email is mailed a code, and yours stays until ' +
          'that is sent to `/api/me/email/confirm/`. Where it changes at once, the old one is ' +
          'mailed a link that undoes it. Of a user with a second factor it takes one that was shown within ' +
          '`REAUTHENTICATION_AGE`.',
        tags: ['Profile'],
        body: profileChangeBody.schema,
        response: {
          200: changedProfile,
          ...errorAnswers(
            { body: true, owner: true },
            ...(['invalid_fields', 'invalid_body', 'mail_not_configured'] as const),
            'insufficient_user_authentication',
          ),
        },
      },
      handler: (request) => {
        const own = {
          ...principalOf(request),
          ...visitorOf(request),
          ...mailContextOf(request, deps),
        };
        return changeOwnProfile(deps, own, request.body as Body, actorOf(request));
      },
    });
  }
}
