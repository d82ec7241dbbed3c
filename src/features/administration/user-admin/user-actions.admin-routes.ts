import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorCodeSchema } from '../../../http/problem-schema.ts';
import { errorAnswers, idPath, jsonOnly } from '../../../http/schemas.ts';
import { passwordField } from '../../identity/passwords/index.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { userSchema } from './admin-schemas.ts';
import { bulkBody, bulkPermissions, permissionOf, runBulk } from './bulk.ts';
import { asAnswer } from './refusals.ts';
import { setUserPassword } from './set-user-password.ts';
import { deactivationBody } from './user-bodies.ts';
import { activateUser, deactivateUser } from './user-state.ts';
import { readUser, type UserRouteDeps } from './users.admin-routes.ts';

const newPassword = declareBody({ password: passwordField }, { title: 'NewPassword' });

const bulkResults = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        id: Type.Integer({ examples: [7] }),
        ok: Type.Boolean({ examples: [false] }),
        code: Type.Optional({ ...errorCodeSchema, examples: ['permission_denied'] }),
        detail: Type.Optional(
          Type.String({ examples: ['Only a superuser can make a superuser, or change one.'] }),
        ),
      }),
      { description: 'In the order of the ids.' },
    ),
  },
  {
    title: 'BulkResults',
    description: 'The outcome for each user. A failure for one does not stop the others.',
  },
);

const shared = { tags: ['Users'] };
type ById = { Params: Static<typeof idPath> };

/** What administrators do with users, one by one or many at once. */
export function userActionRoutes(app: FastifyInstance, deps: UserRouteDeps): void {
  app.route<ById>({
    method: 'POST',
    url: '/api/admin/users/:id/password/',
    config: {
      auth: { kind: 'admin', permission: 'users.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'setUserPassword',
      summary: 'Set the password of a user',
      description: 'The policy for new passwords applies. All sessions of the user end.',
      params: idPath,
      body: newPassword.schema,
      response: {
        200: userSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { password } = newPassword.read(request.body as Body);
      const { id } = request.params;
      await asAnswer(setUserPassword(deps, id, password, actorOf(request)));
      return readUser(deps, id);
    },
  });

  app.route<ById>({
    method: 'POST',
    url: '/api/admin/users/:id/deactivate/',
    config: {
      auth: { kind: 'admin', permission: 'users.change' },
      recentAuth: false, // an emergency must not wait for a password
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'deactivateUser',
      summary: 'Deactivate a user',
      description: 'All sessions of the user end, and the user cannot sign in. Can be undone.',
      params: idPath,
      body: deactivationBody.schema,
      response: {
        200: userSchema,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body', 'not_found', 'last_superuser'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { reason } = deactivationBody.read(request.body as Body);
      await asAnswer(deactivateUser(deps, id, actorOf(request), reason));
      return readUser(deps, id);
    },
  });

  app.route<ById>({
    method: 'POST',
    url: '/api/admin/users/:id/activate/',
    config: {
      auth: { kind: 'admin', permission: 'users.change' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'activateUser',
      summary: 'Activate a deactivated user',
      params: idPath,
      response: { 200: userSchema, ...errorAnswers({ admin: true }, 'not_found') },
    },
    handler: async (request) => {
      const { id } = request.params;
      await asAnswer(activateUser(deps, id, actorOf(request)));
      return readUser(deps, id);
    },
  });

  app.route({
    method: 'POST',
    url: '/api/admin/users/bulk/',
    config: {
      auth: { kind: 'admin', permission: bulkPermissions },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      ...jsonOnly,
      operationId: 'changeUsers',
      summary: 'Change many users at once',
      description:
        'Needs the permission that the action needs for one user: `users.change`, `users.delete` or ' +
        '`sessions.end`. Each user is changed separately, by the same rules.',
      body: bulkBody.schema,
      response: {
        200: bulkResults,
        ...errorAnswers(
          { body: true, admin: true },
          ...(['invalid_fields', 'invalid_body'] as const),
        ),
      },
    },
    handler: async (request) => {
      const order = bulkBody.read(request.body as Body);
      await deps.authorization.authorize(principalOf(request), [permissionOf[order.action]]);
      return { results: await runBulk(deps, order, actorOf(request)) };
    },
  });
}
