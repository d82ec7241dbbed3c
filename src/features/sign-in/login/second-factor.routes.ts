import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import { requestOptionsSchema } from '../factors/index.ts';
import { sessionOriginOf } from '../sessions/index.ts';
import { newDeviceTokenSchema } from './device-token.ts';
import {
  finishSecondFactor,
  flowBody,
  type SecondFactorDeps,
  secondFactorBody,
  secondFactorOptions,
} from './second-factor.ts';

/** What counts second factors of sign-ins. */
export const secondFactorLimits = [
  'FACTOR_FAILURES_PER_FACTOR',
  'FACTOR_FAILURES_PER_NETWORK',
] as const;

const rememberedPairSchema = Type.Object(
  { ...tokenPairSchema.properties, device_token: newDeviceTokenSchema },
  { title: 'RememberedTokenPair', description: 'The tokens of a session.' },
);

export function secondFactorRoutes(app: FastifyInstance, deps: SecondFactorDeps): void {
  app.route({
    method: 'POST',
    url: '/api/login/second-factor/',
    config: { auth: { kind: 'public' }, limits: secondFactorLimits },
    schema: {
      operationId: 'finishSecondFactor',
      summary: 'Sign in with the second factor',
      description:
        'Ends a sign-in that was answered with `second_factor_required`. Takes its `flow`, and one of `code`, ' +
        '`recovery_code` and `credential`. A flow takes five tries in ten minutes, and works once.',
      tags: ['Sessions'],
      body: secondFactorBody.schema,
      response: {
        200: rememberedPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'invalid_passkey', 'flow_expired', 'invalid_fields'] as const),
          ...(['invalid_body', 'email_not_verified', 'rate_limited'] as const),
          'passkeys_not_configured',
          'second_factor_enrolment_required',
        ),
      },
    },
    handler: (request) =>
      finishSecondFactor(deps, request.body as Body, { origin: sessionOriginOf(request) }),
  });

  app.route({
    method: 'POST',
    url: '/api/login/second-factor/options/',
    config: { auth: { kind: 'public' }, writes: false, limits: ['FACTOR_FAILURES_PER_NETWORK'] },
    schema: {
      operationId: 'beginSecondFactor',
      summary: 'Ask for a passkey as the second factor',
      description:
        'What the browser asks for a passkey: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. It counts as no ' +
        'try, and nothing is stored.',
      tags: ['Sessions'],
      body: flowBody.schema,
      response: {
        200: requestOptionsSchema,
        ...errorAnswers(
          { body: true },
          ...(['flow_expired', 'invalid_fields', 'invalid_body', 'rate_limited'] as const),
          'passkeys_not_configured',
        ),
      },
    },
    handler: (request) => secondFactorOptions(deps, request.body as Body, sessionOriginOf(request)),
  });
}
