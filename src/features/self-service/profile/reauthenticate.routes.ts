import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../contract/fields.ts';
import { principalOf } from '../../../http/guards.ts';
import { errorAnswers } from '../../../http/schemas.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import { actorOf } from '../../platform/audit/index.ts';
import { type FactorDeps, requestOptionsSchema } from '../../sign-in/factors/index.ts';
import { reauthenticate, reauthenticationBody, reauthenticationOptions } from './reauthenticate.ts';

const confirmed = Type.Object(
  {
    recent_until: Type.String({
      format: 'date-time',
      description: 'When recent authentication ends.',
      examples: ['2026-03-01T08:15:00.000Z'],
    }),
  },
  { title: 'RecentAuthentication', description: 'The user has proven it.' },
);

export function reauthenticationRoutes(app: FastifyInstance, deps: FactorDeps): void {
  app.route({
    method: 'POST',
    url: '/api/me/reauthenticate/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      operationId: 'reauthenticate',
      summary: 'Prove again who you are',
      description:
        'Some requests need recent authentication: that the user proved within `REAUTHENTICATION_AGE` who they are, at ' +
        'sign-in or here (RFC 9470). Takes the password, or the `credential` of a passkey that verifies its user; of a user ' +
        'who has a second factor a `code` of an authenticator app, or the `credential` of any passkey. The session and its tokens stay the same; the next ones say how strong it is.',
      tags: ['Profile'],
      body: reauthenticationBody.schema,
      response: {
        200: confirmed,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'permission_denied'] as const),
          ...(['invalid_code', 'invalid_passkey', 'passkeys_not_configured'] as const),
          ...(['rate_limited', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      const network = countedNetwork(request.ip);
      const own = { ...principalOf(request), network, actor: actorOf(request) };
      const untilMs = await reauthenticate(deps, own, request.body as Body);
      return { recent_until: new Date(untilMs).toISOString() };
    },
  });

  app.route({
    method: 'POST',
    url: '/api/me/reauthenticate/options/',
    config: { auth: { kind: 'user' }, recentAuth: false, limits: ['SECURITY_CHANGES_PER_SESSION'] },
    schema: {
      operationId: 'beginReauthentication',
      summary: 'Begin to prove with a passkey who you are',
      description:
        'What the browser asks an authenticator for: `PublicKeyCredential.parseRequestOptionsFromJSON()` reads it. Send what ' +
        '`navigator.credentials.get()` answers to `/api/me/reauthenticate/` as `credential`.',
      tags: ['Profile'],
      response: {
        200: requestOptionsSchema,
        ...errorAnswers({ body: true, owner: true }, 'passkeys_not_configured'),
      },
    },
    handler: (request) => reauthenticationOptions(deps, principalOf(request)),
  });
}
