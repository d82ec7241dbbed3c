import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { errorAnswers, idPath, orNull, timeOrNull } from '../../../http/schemas.ts';
import { acrValues } from '../../../lib/auth-level.ts';
import type { Notices } from '../../identity/notices/index.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { factorListSchema } from '../../sign-in/factors/index.ts';
import { cancelUserFactorReset, readUserFactors, resetUserFactors } from './factors-admin.ts';
import { asAnswer } from './refusals.ts';
import { reasonField } from './user-bodies.ts';

const resetBody = declareBody({ reason: reasonField }, { title: 'FactorReset' });

const acr = (description: string) =>
  Type.String({ enum: [...acrValues], description, examples: ['aal2'] });
const time = (description: string, ...examples: unknown[]) =>
  Type.String({ format: 'date-time', description, examples });

const userFactors = Type.Object(
  {
    ...factorListSchema.properties,
    acr: acr(
      'How strongly the user can sign in: `aal1` without a factor, `aal2` with one, `phr` with a passkey that verifies them.',
    ),
    required_acr: acr('How strongly they have to, by the policy and their roles.'),
    due_at: timeOrNull(
      null,
      'Until when they have, or had, time for it; null: they have not signed in since, or need not.',
    ),
    reset: orNull(
      Type.Object({
        reason: Type.String({ examples: ['lost their phone, called back'] }),
        requested_by: orNull(Type.Integer(), null, 'The administrator; null: the operator.'),
        requested_at: time('When it was asked for.', '2026-03-01T08:00:00.000Z'),
        due_at: time('When it is done unless it is cancelled.', '2026-03-02T08:00:00.000Z'),
      }),
      null,
      'A reset that waits; null: none.',
    ),
  },
  { title: 'UserFactors', description: 'The factors of the user, without secrets.' },
);

const shared = { tags: ['Users'] };
type ById = { Params: Static<typeof idPath> };

/** What administrators see of the factors of a user, and do where they are lost. */
export function userFactorRoutes(
  app: FastifyInstance,
  deps: Deps & { readonly notices: Notices },
): void {
  app.route<ById>({
    method: 'GET',
    url: '/api/admin/users/:id/factors/',
    config: { auth: { kind: 'admin', permission: 'users.view' } },
    schema: {
      ...shared,
      operationId: 'readUserFactors',
      summary: 'See the factors of a user',
      params: idPath,
      response: { 200: userFactors, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: ({ params }) => asAnswer(readUserFactors(deps, params.id)),
  });

  app.route<ById>({
    method: 'POST',
    url: '/api/admin/users/:id/factors/reset/',
    config: {
      auth: { kind: 'admin', permission: 'users.reset_factors' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'resetUserFactors',
      summary: 'Reset the factors of a user',
      description:
        'Removes their authenticator apps, passkeys, recovery codes and remembered devices, and ends their sessions: after ' +
        '`FACTOR_RESET_DELAY`, in which the user can cancel it by the mail that tells them. One that waits stays as it is. ' +
        'Nobody resets their own.',
      params: idPath,
      body: resetBody.schema,
      response: {
        200: userFactors,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'no_factor'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { reason } = resetBody.read(request.body as Body);
      const { id } = request.params;
      await asAnswer(resetUserFactors(deps, id, reason, actorOf(request)));
      return await readUserFactors(deps, id);
    },
  });

  app.route<ById>({
    method: 'DELETE',
    url: '/api/admin/users/:id/factors/reset/',
    config: {
      auth: { kind: 'admin', permission: 'users.reset_factors' },
      recentAuth: false, // it keeps what there is
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'cancelUserFactorReset',
      summary: 'Cancel a reset that waits',
      params: idPath,
      response: { 200: userFactors, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request) => {
      const { id } = request.params;
      const isCancelled = await asAnswer(cancelUserFactorReset(deps, id, actorOf(request)));
      if (!isCancelled) throw new AppError('not_found');
      return await readUserFactors(deps, id);
    },
  });
}
