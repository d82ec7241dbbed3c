import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import { sessionOriginOf } from '../sessions/index.ts';
import { credentialsBody } from './find-account.ts';
import { type LoginDeps, login } from './login.ts';
import { loginLimitNames } from './login-limits.ts';

export function loginRoutes(app: FastifyInstance, deps: LoginDeps): void {
  app.route({
    method: 'POST',
    url: '/api/login/',
    config: { auth: { kind: 'public' }, limits: loginLimitNames },
    schema: {
      operationId: 'login',
      summary: 'Sign in',
      description:
        'Every failure gets the same answer, and takes the same time. A client that still has a ' +
        'token of an earlier session of the account, even an expired one, may send it as ' +
        '`Authorization: Bearer`. Then the failures of others do not lock it out.',
      tags: ['Sessions'],
      body: credentialsBody.schema,
      response: {
        200: tokenPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_credentials', 'second_factor_required', 'email_not_verified'] as const),
          ...(['second_factor_enrolment_required', 'rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      return login(deps, request.body as Body, {
        origin: sessionOriginOf(request),
        authorization: request.headers.authorization,
      });
    },
  });
}
