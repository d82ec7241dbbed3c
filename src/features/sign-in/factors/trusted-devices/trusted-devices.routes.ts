import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Deps } from '../../../../deps.ts';
import { AppError } from '../../../../errors/index.ts';
import { principalOf } from '../../../../http/guards.ts';
import { errorAnswers, idPath, orNull, timeOrNull } from '../../../../http/schemas.ts';
import { actorOf } from '../../../platform/audit/index.ts';
import { forgetDevices, listTrustedDevices, type TrustedDevice } from './trusted-devices.ts';

const time = (description: string, example: string) =>
  Type.String({ format: 'date-time', description, examples: [example] });

const deviceSchema = Type.Object({
  id: Type.Integer({ examples: [7] }),
  device: orNull(Type.String(), 'Firefox on Linux', 'The device, in words.'),
  ip: orNull(Type.String(), '203.0.113.7', 'The IP of the sign-in that it was remembered at.'),
  created_at: time('When it was remembered.', '2026-03-01T08:00:00.000Z'),
  last_used_at: timeOrNull('2026-03-02T09:30:00.000Z', 'When the user last signed in on it.'),
  expires_at: time('When it is forgotten.', '2026-03-31T08:00:00.000Z'),
  is_current: Type.Boolean({
    description: 'Whether the session of this access token was started on it.',
    examples: [true],
  }),
});

const deviceList = Type.Object(
  { devices: Type.Array(deviceSchema) },
  {
    title: 'TrustedDeviceList',
    description: 'The devices on which no second factor is asked for, the last used first.',
  },
);

const forgottenCount = Type.Object(
  { forgotten: Type.Integer({ description: 'How many were forgotten.', examples: [1] }) },
  { title: 'ForgottenCount', description: 'The second factor is asked for there again.' },
);

const shared = { tags: ['Factors'] };
const forgetting = {
  auth: { kind: 'user' },
  recentAuth: false, // it only makes signing in harder
  limits: ['SECURITY_CHANGES_PER_SESSION'],
} as const;

/** What users do with their remembered devices: see them, and forget them. */
export function trustedDeviceRoutes(app: FastifyInstance, deps: Deps): void {
  const { database, clock } = deps;

  app.route({
    method: 'GET',
    url: '/api/me/trusted-devices/',
    config: { auth: { kind: 'user', isOpenToImpersonation: true } },
    schema: {
      ...shared,
      operationId: 'listTrustedDevices',
      summary: 'List your remembered devices',
      response: { 200: deviceList, ...errorAnswers({ user: true }) },
    },
    handler: async (request): Promise<Static<typeof deviceList>> => {
      const { id, sessionId } = principalOf(request);
      const devices = await listTrustedDevices(deps, id, sessionId);
      return { devices: devices.map(viewOf) };
    },
  });

  app.route({
    method: 'DELETE',
    url: '/api/me/trusted-devices/',
    config: forgetting,
    schema: {
      ...shared,
      operationId: 'forgetTrustedDevices',
      summary: 'Forget all your remembered devices',
      response: { 200: forgottenCount, ...errorAnswers({ owner: true }) },
    },
    handler: async (request) => {
      const by = { actor: actorOf(request), nowMs: clock.nowMs() };
      const { id } = principalOf(request);
      return { forgotten: await database.transact((trx) => forgetDevices(trx, id, by)) };
    },
  });

  app.route<{ Params: Static<typeof idPath> }>({
    method: 'DELETE',
    url: '/api/me/trusted-devices/:id/',
    config: forgetting,
    schema: {
      ...shared,
      operationId: 'forgetTrustedDevice',
      summary: 'Forget one of your remembered devices',
      params: idPath,
      response: { 200: forgottenCount, ...errorAnswers({ owner: true }, 'not_found') },
    },
    handler: async (request) => {
      const by = { actor: actorOf(request), nowMs: clock.nowMs() };
      const { id } = principalOf(request);
      const forgotten = await database.transact((trx) =>
        forgetDevices(trx, id, by, request.params.id),
      );
      if (forgotten === 0) throw new AppError('not_found');
      return { forgotten };
    },
  });
}

function viewOf(device: TrustedDevice): Static<typeof deviceSchema> {
  return {
    id: device.id,
    device: device.device,
    ip: device.ip,
    created_at: new Date(device.createdAtMs).toISOString(),
    last_used_at: device.lastUsedAtMs === null ? null : new Date(device.lastUsedAtMs).toISOString(),
    expires_at: new Date(device.expiresAtMs).toISOString(),
    is_current: device.isCurrent,
  };
}
