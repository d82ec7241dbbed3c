import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Body } from '../../../../contract/fields.ts';
import type { Deps } from '../../../../deps.ts';
import { principalOf } from '../../../../http/guards.ts';
import { locatedAt, publicUrlOf } from '../../../../http/public-url.ts';
import { created, errorAnswers } from '../../../../http/schemas.ts';
import { webOrigins } from '../../../../lib/relying-party.ts';
import type { Notices } from '../../../identity/notices/index.ts';
import type { Passwords } from '../../../identity/passwords/index.ts';
import type { Failures } from '../../../platform/audit/index.ts';
import {
  changesFactors,
  factorOwnerOf,
  factorTags,
  ownFactorRoutes,
} from '../own-factors.routes.ts';
import { listPasskeys, passkeysJson } from './list-passkeys.ts';
import {
  addPasskey,
  newPasskeyBody,
  newPasskeyOptions,
  newPasskeyOptionsBody,
} from './own-passkeys.ts';
import { addedPasskeySchema, creationOptionsSchema, passkeyListSchema } from './passkey-schemas.ts';

/** What users do with their own passkeys. */
export function passkeyRoutes(
  app: FastifyInstance,
  deps: Deps & {
    readonly passwords: Passwords;
    readonly notices: Notices;
    readonly failures: Failures;
  },
): void {
  app.route({
    method: 'GET',
    url: '/api/me/passkeys/',
    config: { auth: { kind: 'user' } },
    schema: {
      ...factorTags,
      operationId: 'listPasskeys',
      summary: 'List your passkeys',
      response: { 200: passkeyListSchema, ...errorAnswers({ owner: true }) },
    },
    handler: async (request) => passkeysJson(await listPasskeys(deps, principalOf(request).id)),
  });

  app.route({
    method: 'POST',
    url: '/api/me/passkeys/options/',
    config: changesFactors,
    schema: {
      ...factorTags,
      operationId: 'beginPasskey',
      summary: 'Begin to add a passkey',
      description:
        'What the browser asks an authenticator for: `PublicKeyCredential.parseCreationOptionsFromJSON()` reads it. Send ' +
        'what `navigator.credentials.create()` answers to `/api/me/passkeys/`.',
      body: newPasskeyOptionsBody.schema,
      response: {
        200: creationOptionsSchema,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'too_many_factors'] as const),
          ...(['passkey_upgrade_not_due', 'passkeys_not_configured'] as const),
          'second_factors_off',
        ),
      },
    },
    handler: (request) => {
      const { is_upgrade: isUpgrade = false } = newPasskeyOptionsBody.read(request.body as Body);
      return newPasskeyOptions(deps, factorOwnerOf(request), { isUpgrade });
    },
  });

  app.route({
    method: 'POST',
    url: '/api/me/passkeys/',
    config: changesFactors,
    schema: {
      ...factorTags,
      operationId: 'addPasskey',
      summary: 'Add a passkey',
      description:
        'It signs in alone, or is asked for after the password. Attestation is not looked at. The first factor comes with ten ' +
        'recovery codes. Without a name it has that of its provider.',
      body: newPasskeyBody.schema,
      response: {
        201: created(addedPasskeySchema, '../../../api/me/passkeys/3/'),
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_passkey', 'invalid_fields', 'invalid_body'] as const),
          ...(['too_many_factors', 'overloaded', 'passkeys_not_configured'] as const),
        ),
      },
    },
    handler: async (request, reply) => {
      const added = await addPasskey(deps, factorOwnerOf(request), request.body as Body);
      const { id, name, recoveryCodes } = added;
      reply.code(201).headers(locatedAt(request, `api/me/passkeys/${id}/`));
      return { id, name, recovery_codes: [...recoveryCodes] };
    },
  });

  ownFactorRoutes(app, deps, {
    factor: 'passkey',
    url: '/api/me/passkeys/:id/',
    rename: { operationId: 'renamePasskey', summary: 'Rename a passkey' },
    remove: {
      operationId: 'removePasskey',
      summary: 'Remove a passkey',
      note: 'A page then tells the devices of the user, by `signal` of `GET /api/me/passkeys/`.',
    },
  });
}

/** What browsers and password managers look for at well-known places. */
export function wellKnownPasskeyRoutes(app: FastifyInstance, deps: Deps): void {
  const config = { auth: { kind: 'public' } } as const;
  const security = () => `${publicUrlOf(app, deps)}account/security/`;

  app.route({
    method: 'GET',
    url: '/.well-known/webauthn',
    config,
    schema: {
      ...factorTags,
      operationId: 'listPasskeyOrigins',
      summary: 'Which sites use the same passkeys',
      description:
        'For browsers (WebAuthn Level 3, 5.11): pages of these origins may use the passkeys of the RP ID. A browser asks the ' +
        'host of the RP ID itself; where that is another server, it has to answer the same.',
      response: {
        200: Type.Object(
          { origins: Type.Array(Type.String({ examples: ['https://app.example.com'] })) },
          { title: 'PasskeyOrigins', description: 'The origins.' },
        ),
        ...errorAnswers({}),
      },
    },
    handler: () => ({ origins: deps.relyingParty ? webOrigins(deps.relyingParty) : [] }),
  });

  app.route({
    method: 'GET',
    url: '/.well-known/passkey-endpoints',
    config,
    schema: {
      ...factorTags,
      operationId: 'findPasskeyPages',
      summary: 'Where users add and manage passkeys',
      description:
        'For password managers (W3C, A Well-Known URL for Relying Party Passkey Endpoints).',
      response: {
        200: Type.Object(
          {
            enroll: Type.String({ examples: ['https://auth.example.com/account/security/'] }),
            manage: Type.String({ examples: ['https://auth.example.com/account/security/'] }),
          },
          { title: 'PasskeyPages', description: 'The pages.' },
        ),
        ...errorAnswers({}),
      },
    },
    handler: () => ({ enroll: security(), manage: security() }),
  });
}
