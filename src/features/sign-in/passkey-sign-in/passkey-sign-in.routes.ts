import type { FastifyInstance } from 'fastify';
import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import { errorAnswers, tokenPairSchema } from '../../../http/schemas.ts';
import { credentialField, requestOptionsSchema } from '../factors/index.ts';
import { sessionOriginOf } from '../sessions/index.ts';
import {
  type PasskeySignInDeps,
  passkeySignInOptions,
  signInWithPasskey,
} from './passkey-sign-in.ts';

export const passkeySignInBody = declareBody(
  { credential: credentialField },
  { title: 'PasskeySignIn' },
);
/** What counts sign-ins with a passkey. */
export const passkeySignInLimits = ['LOGIN_FAILURES_PER_NETWORK', 'LOGINS_PER_NETWORK'] as const;

/** Signing in with a passkey alone. */
export function passkeySignInRoutes(app: FastifyInstance, deps: PasskeySignInDeps): void {
  app.route({
    method: 'POST',
    url: '/api/login/passkey/options/',
    config: { auth: { kind: 'public' }, writes: false },
    schema: {
      operationId: 'beginPasskeySignIn',
      summary: 'Begin to sign in with a passkey',
      description:
        'What the browser asks for a passkey: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. It is the same ' +
        'for everybody, and names no passkeys: the user chooses one that the device finds. Nothing is stored.',
      tags: ['Sessions'],
      response: {
        200: requestOptionsSchema,
        ...errorAnswers({ body: true }, 'passkeys_not_configured'),
      },
    },
    handler: () => passkeySignInOptions(deps),
  });

  app.route({
    method: 'POST',
    url: '/api/login/passkey/',
    config: {
      auth: { kind: 'public' },
      limits: passkeySignInLimits,
    },
    schema: {
      operationId: 'signInWithPasskey',
      summary: 'Sign in with a passkey',
      description:
        'The passkey has to have verified its user, so nothing more is asked for. `credential` is what ' +
        '`navigator.credentials.get()` answered, as `toJSON()` has it. It works once.',
      tags: ['Sessions'],
      body: passkeySignInBody.schema,
      response: {
        200: tokenPairSchema,
        ...errorAnswers(
          { body: true },
          ...(['invalid_passkey', 'invalid_credentials', 'email_not_verified'] as const),
          ...(['invalid_fields', 'invalid_body', 'rate_limited', 'overloaded'] as const),
          'passkeys_not_configured',
        ),
      },
    },
    handler: (request) => {
      const { credential } = passkeySignInBody.read(request.body as Body);
      return signInWithPasskey(deps, sessionOriginOf(request), credential);
    },
  });
}
