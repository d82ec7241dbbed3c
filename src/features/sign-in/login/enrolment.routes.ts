import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import type { Failures } from '../../platform/audit/index.ts';
import { begunAppSchema, creationOptionsSchema } from '../factors/index.ts';
import { sessionOriginOf } from '../sessions/index.ts';
import { newDeviceTokenSchema } from './device-token.ts';
import {
  beginEnrolmentApp,
  beginEnrolmentPasskey,
  type EnrolmentDeps,
  enrolmentAppBody,
  enrolmentConfirmationBody,
  enrolmentPasskeyBody,
  finishEnrolmentWithApp,
  finishEnrolmentWithPasskey,
} from './enrolment.ts';
import { flowBody } from './second-factor.ts';

export const enrolledPairSchema = Type.Object(
  {
    ...tokenPairSchema.properties,
    device_token: newDeviceTokenSchema,
    recovery_codes: Type.Array(Type.String(), {
      description: 'Shown this once. Empty if the user has some already.',
      examples: [['1-7K3M-9QXW-2F5D-8ZRT']],
    }),
  },
  { title: 'EnrolledTokenPair', description: 'The tokens of a session.' },
);

const shared = { tags: ['Sessions'] };
/** What counts enrolments. */
export const enrolmentLimits = ['FACTOR_FAILURES_PER_NETWORK'] as const;
/** What counts the secrets that are made for one of them. */
const beginLimits = [...enrolmentLimits, 'SECURITY_CHANGES_PER_SESSION'] as const;

/** Adding the second factor that a user has to have before they are signed in. */
export function enrolmentRoutes(
  app: FastifyInstance,
  given: Omit<EnrolmentDeps, 'apps'> & {
    readonly passwords: Passwords;
    readonly failures: Failures;
  },
): void {
  const deps = { ...given, apps: { ...given, publicUrl: () => publicUrlOf(app, given) } };

  app.route({
    method: 'POST',
    url: '/api/login/enrolment/',
    config: { auth: { kind: 'public' }, limits: beginLimits },
    schema: {
      ...shared,
      operationId: 'beginEnrolment',
      summary: 'Begin to add an authenticator app, to sign in',
      description:
        'For a sign-in that was answered with `second_factor_enrolment_required`. Answers a secret, for the app to read. ' +
        'Send a code that it shows to `/api/login/enrolment/confirm/`.',
      body: enrolmentAppBody.schema,
      response: {
        200: begunAppSchema,
        ...errorAnswers(
          { body: true },
          ...(['flow_expired', 'invalid_fields', 'invalid_body', 'too_many_factors'] as const),
          ...(['second_factors_off', 'user_inactive', 'rate_limited'] as const),
        ),
      },
    },
    handler: async (request): Promise<Static<typeof begunAppSchema>> => {
      const client = { origin: sessionOriginOf(request) };
      const begun = await beginEnrolmentApp(deps, request.body as Body, client);
      return { id: begun.id, secret: begun.secret, uri: begun.uri, qr_svg: begun.qrSvg };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/login/enrolment/confirm/',
    config: { auth: { kind: 'public' }, limits: enrolmentLimits },
    schema: {
      ...shared,
      operationId: 'confirmEnrolment',
      summary: 'Sign in with the authenticator app that was added',
      description:
        'The code is spent, the app is the user’s second factor from now on, and the answer has the tokens of a session and ' +
        'ten recovery codes. A flow takes five tries in ten minutes, and works once.',
      body: enrolmentConfirmationBody.schema,
      response: {
        200: enrolledPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'flow_expired', 'invalid_fields', 'invalid_body'] as const),
          ...(['not_found', 'too_many_factors', 'email_not_verified', 'user_inactive'] as const),
          ...(['second_factor_enrolment_required', 'rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: (request) =>
      finishEnrolmentWithApp(deps, request.body as Body, { origin: sessionOriginOf(request) }),
  });

  app.route({
    method: 'POST',
    url: '/api/login/enrolment/passkey/options/',
    config: { auth: { kind: 'public' }, limits: enrolmentLimits },
    schema: {
      ...shared,
      operationId: 'beginEnrolmentPasskey',
      summary: 'Begin to add a passkey, to sign in',
      description:
        'For a sign-in that was answered with `second_factor_enrolment_required`. Send what ' +
        '`navigator.credentials.create()` answers to `/api/login/enrolment/passkey/`.',
      body: flowBody.schema,
      response: {
        200: creationOptionsSchema,
        ...errorAnswers(
          { body: true },
          ...(['flow_expired', 'invalid_fields', 'invalid_body', 'too_many_factors'] as const),
          ...(['second_factors_off', 'passkeys_not_configured', 'rate_limited'] as const),
        ),
      },
    },
    handler: (request) =>
      beginEnrolmentPasskey(deps, request.body as Body, { origin: sessionOriginOf(request) }),
  });

  app.route({
    method: 'POST',
    url: '/api/login/enrolment/passkey/',
    config: { auth: { kind: 'public' }, limits: enrolmentLimits },
    schema: {
      ...shared,
      operationId: 'finishEnrolmentPasskey',
      summary: 'Sign in with the passkey that was added',
      description:
        'It is one of the user’s factors from now on. The answer has the tokens of a session, and ten recovery codes where ' +
        'it is the first factor.',
      body: enrolmentPasskeyBody.schema,
      response: {
        200: enrolledPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_code', 'invalid_passkey', 'flow_expired', 'invalid_fields'] as const),
          ...(['invalid_body', 'too_many_factors', 'email_not_verified'] as const),
          ...(['second_factor_enrolment_required', 'passkeys_not_configured'] as const),
          ...(['user_inactive', 'rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: (request) =>
      finishEnrolmentWithPasskey(deps, request.body as Body, { origin: sessionOriginOf(request) }),
  });
}
