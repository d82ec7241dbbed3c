import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { AppError } from '../../../errors/index.ts';
import { locatedAt } from '../../../http/public-url.ts';
import { created, errorAnswers, timeOrNull } from '../../../http/schemas.ts';
import { registry } from '../../../settings/registry.ts';
import type { Settings } from '../../../settings/settings.ts';
import { actorOf } from '../audit/index.ts';
import type { KeyState } from './key-schedule.ts';
import { keyAlgorithms, type SigningKeys } from './signing-keys.ts';
import { RotationError, startNextKey } from './start-next-key.ts';

const keySchema = Type.Object(
  {
    kid: Type.String({ examples: ['kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'] }),
    algorithm: Type.String({ enum: keyAlgorithms, examples: ['ES256'] }),
    state: Type.String({
      enum: ['next', 'active', 'retired', 'revoked'],
      description:
        '`next` is published and will sign, `active` signs, `retired` has signed and its tokens may ' +
        'still live, `revoked` is refused.',
      examples: ['next'],
    }),
    created_at: Type.String({ format: 'date-time', examples: ['2026-03-01T08:00:00.000Z'] }),
    active_at: Type.String({
      format: 'date-time',
      description: 'When it begins to sign.',
      examples: ['2026-03-01T08:15:00.000Z'],
    }),
    revoked_at: timeOrNull(null),
  },
  { title: 'SigningKey', description: 'The key.' },
);

const keyList = Type.Object(
  {
    items: Type.Array(keySchema),
    algorithm: Type.String({
      enum: registry.ACCESS_TOKEN_ALGORITHM.choices,
      description: 'The algorithm that signs tokens now; HS256 uses the secret and no key.',
      examples: ['ES256'],
    }),
  },
  { title: 'SigningKeyList', description: 'The keys, the oldest of each algorithm first.' },
);

const shared = { tags: ['Keys'] };

/** Administrators see the signing keys, and start the next one. */
export function keyAdminRoutes(
  app: FastifyInstance,
  deps: { readonly keys: SigningKeys; readonly settings: Settings },
): void {
  const { keys, settings } = deps;

  app.route({
    method: 'GET',
    url: '/api/admin/keys/',
    config: { auth: { kind: 'admin', permission: 'keys.view' } },
    schema: {
      ...shared,
      operationId: 'listSigningKeys',
      summary: 'List the signing keys',
      response: { 200: keyList, ...errorAnswers({ admin: true }) },
    },
    handler: async () => ({
      items: (await keys.list()).map(shown),
      algorithm: settings.get('ACCESS_TOKEN_ALGORITHM'),
    }),
  });

  app.route({
    method: 'POST',
    url: '/api/admin/keys/rotate/',
    config: {
      auth: { kind: 'admin', permission: 'keys.rotate' },
      recentAuth: true,
      limits: ['CHANGES_PER_ADMINISTRATOR'],
    },
    schema: {
      ...shared,
      operationId: 'rotateSigningKey',
      summary: 'Create the next signing key now',
      description: 'It is published at once, and begins to sign 15 minutes later.',
      response: {
        201: created(keySchema, '../../../../api/admin/keys/'),
        ...errorAnswers({ admin: true }, 'cannot_rotate'),
      },
    },
    handler: async (request, reply) => {
      const { kid } = await startNextKey(deps, actorOf(request)).catch((error: unknown) => {
        if (!(error instanceof RotationError)) throw error;
        throw new AppError('cannot_rotate', { detail: error.message });
      });
      const made = (await keys.list()).find((key) => key.kid === kid);
      if (!made) throw new AppError('not_found');
      return reply.code(201).headers(locatedAt(request, 'api/admin/keys/')).send(shown(made));
    },
  });
}

const states: Readonly<Record<KeyState, string>> = {
  next: 'next',
  signs: 'active',
  verifies: 'retired',
  spent: 'retired',
  revoked: 'revoked',
};

function shown(key: Awaited<ReturnType<SigningKeys['list']>>[number]): Static<typeof keySchema> {
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: states[key.state],
    created_at: new Date(key.createdAtMs).toISOString(),
    active_at: new Date(key.activeAtMs).toISOString(),
    revoked_at: key.revokedAtMs === null ? null : new Date(key.revokedAtMs).toISOString(),
  };
}
