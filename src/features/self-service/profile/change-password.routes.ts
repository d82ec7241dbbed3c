import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Notices } from '../../identity/notices/index.ts';
import type { PasswordPolicy, Passwords } from '../../identity/passwords/index.ts';
import { actorOf, type Failures } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { changeOwnPassword, passwordChangeBody } from './change-password.ts';

const changed = Type.Object(
  { success: Type.String({ examples: ['Password changed.'] }) },
  { description: 'The password is changed, and every other session has ended.' },
);

export function changePasswordRoutes(
  app: FastifyInstance,
  deps: Deps & {
    passwords: Passwords;
    passwordPolicy: PasswordPolicy;
    limits: Limits;
    failures: Failures;
    notices: Notices;
  },
): void {
  app.route({
    method: 'POST',
    url: '/api/me/password/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      operationId: 'changePassword',
      summary: 'Change your password',
      description:
        'Ends every other session of the user; the one of this access token stays. The new password ' +
        'has to pass the policy that registration has. A user without a password sets the first one, with recent ' +
        'authentication in place of the current one.',
      tags: ['Profile'],
      body: passwordChangeBody.schema,
      response: {
        200: changed,
        ...errorAnswers(
          { body: true, owner: true },
          'invalid_fields',
          'invalid_body',
          'insufficient_user_authentication',
          'rate_limited',
          'overloaded',
        ),
      },
    },
    handler: async (request) => {
      const network = countedNetwork(request.ip);
      const own = { ...principalOf(request), network, actor: actorOf(request) };
      await changeOwnPassword(deps, own, request.body as Body);
      return { success: 'Password changed.' };
    },
  });
}
