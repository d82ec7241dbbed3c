import type { FastifyInstance } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import type { Deps } from '../../../deps.ts';
import { principalOf } from '../../../http/guards.ts';
import { locatedAt, publicUrlOf } from '../../../http/public-url.ts';
import { created, errorAnswers, idPath } from '../../../http/schemas.ts';
import type { Notices } from '../../identity/notices/index.ts';
import type { Passwords } from '../../identity/passwords/index.ts';
import { begunAppSchema, factorListSchema, recoveryCodesSchema } from './factor-schemas.ts';
import { factorsJson, listFactors } from './factors.ts';
import {
  changesFactors,
  factorOwnerOf,
  factorTags,
  type IdPath,
  ownFactorRoutes,
} from './own-factors.routes.ts';
import { regenerateRecoveryCodes } from './recovery-codes/recovery-codes.ts';
import {
  beginApp,
  confirmationBody,
  confirmNewApp,
  newAppBody,
} from './totp/authenticator-apps.ts';

/** What users do with their own factors. Passkeys are added, named and removed at `/api/me/passkeys/`. */
export function factorRoutes(
  app: FastifyInstance,
  given: Deps & { readonly passwords: Passwords; readonly notices: Notices },
): void {
  const deps = { ...given, publicUrl: () => publicUrlOf(app, given) };

  app.route({
    method: 'GET',
    url: '/api/me/factors/',
    config: { auth: { kind: 'user' } },
    schema: {
      ...factorTags,
      operationId: 'listFactors',
      summary: 'List your factors',
      response: { 200: factorListSchema, ...errorAnswers({ owner: true }) },
    },
    handler: async (request) => factorsJson(await listFactors(deps, principalOf(request).id)),
  });

  app.route({
    method: 'POST',
    url: '/api/me/factors/',
    config: changesFactors,
    schema: {
      ...factorTags,
      operationId: 'addFactor',
      summary: 'Begin to add an authenticator app',
      description:
        'Answers a secret, for the app to read (RFC 6238: SHA-1, six digits, 30 seconds). Send a code that it shows to ' +
        '`/api/me/factors/{id}/confirm/`.',
      body: newAppBody.schema,
      response: {
        201: created(begunAppSchema, '../../../api/me/factors/3/'),
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'too_many_factors'] as const),
          'second_factors_off',
        ),
      },
    },
    handler: async (request, reply) => {
      const begun = await beginApp(deps, factorOwnerOf(request), request.body as Body);
      reply.code(201).headers(locatedAt(request, `api/me/factors/${begun.id}/`));
      return { id: begun.id, secret: begun.secret, uri: begun.uri, qr_svg: begun.qrSvg };
    },
  });

  app.route<IdPath>({
    method: 'POST',
    url: '/api/me/factors/:id/confirm/',
    config: changesFactors,
    schema: {
      ...factorTags,
      operationId: 'confirmFactor',
      summary: 'Confirm an authenticator app',
      description:
        'From now on it is asked for at sign-in. The code is spent by it. The first factor comes with ten recovery codes.',
      params: idPath,
      body: confirmationBody.schema,
      response: {
        200: recoveryCodesSchema,
        ...errorAnswers(
          { body: true, owner: true },
          ...(['invalid_fields', 'invalid_body', 'invalid_code', 'not_found'] as const),
          ...(['too_many_factors', 'overloaded'] as const),
        ),
      },
    },
    handler: async (request) => {
      const { id } = request.params;
      const codes = await confirmNewApp(deps, factorOwnerOf(request), id, request.body as Body);
      return { recovery_codes: [...codes] };
    },
  });

  ownFactorRoutes(app, deps, {
    factor: 'totp',
    url: '/api/me/factors/:id/',
    rename: { operationId: 'renameFactor', summary: 'Rename an authenticator app' },
    remove: { operationId: 'removeFactor', summary: 'Remove an authenticator app' },
  });

  app.route({
    method: 'POST',
    url: '/api/me/factors/recovery-codes/',
    config: changesFactors,
    schema: {
      ...factorTags,
      operationId: 'replaceRecoveryCodes',
      summary: 'Get new recovery codes',
      description: 'The earlier ones are not valid any more.',
      response: {
        200: recoveryCodesSchema,
        ...errorAnswers({ body: true, owner: true }, 'no_factor', 'overloaded'),
      },
    },
    handler: async (request) => ({
      recovery_codes: [...(await regenerateRecoveryCodes(deps, factorOwnerOf(request)))],
    }),
  });
}
