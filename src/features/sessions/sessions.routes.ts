import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { errorAnswers, neverStored, readByHand, tokenPairSchema } from '../../http/schemas.ts';
import type { Body } from '../../lib/fields.ts';
import type { Sessions } from './sessions.ts';

const refreshTokenBody = Type.Object(
  {
    refresh_token: Type.String({
      format: 'uuid',
      examples: ['0b6f9e0c-3c57-4b1e-9d6a-5f1f5a2b7c11'],
    }),
  },
  { title: 'RefreshToken' },
);

const loggedOut = Type.Object(
  { success: Type.String({ examples: ['User logged out.'] }) },
  { description: 'The session has ended.' },
);

const refusals = errorAnswers(
  { body: true },
  'invalid_refresh_token',
  'refresh_token_reused',
  'session_ended',
  'overloaded',
);

export function sessionRoutes(app: FastifyInstance, { sessions }: { sessions: Sessions }): void {
  app.route({
    method: 'POST',
    url: '/api/refresh/',
    config: { auth: 'public' },
    ...readByHand,
    schema: {
      operationId: 'refresh',
      summary: 'Renew a session',
      description:
        'The refresh token that is sent stops being usable; the answer has the next one.',
      tags: ['Sessions'],
      body: refreshTokenBody,
      response: { 200: tokenPairSchema, ...refusals },
    },
    handler: async (request, reply) => {
      reply.headers(neverStored);
      return sessions.refresh(refreshTokenOf(request.body as Body));
    },
  });

  app.route({
    method: 'POST',
    url: '/api/logout/',
    config: { auth: 'public' },
    ...readByHand,
    schema: {
      operationId: 'logout',
      summary: 'Log out',
      description: 'Ends the session of the refresh token, and no other. Needs no access token.',
      tags: ['Sessions'],
      body: refreshTokenBody,
      response: { 200: loggedOut, ...refusals },
    },
    handler: async (request) => {
      await sessions.logOut(refreshTokenOf(request.body as Body));
      return { success: 'User logged out.' };
    },
  });
}

/** The token of a body of any kind, not trimmed; `''`, which is none, where there is none. */
function refreshTokenOf({ value }: Body): string {
  if (typeof value === 'object' && value !== null && Object.hasOwn(value, 'refresh_token')) {
    const token = (value as { refresh_token: unknown }).refresh_token;
    if (typeof token === 'string') return token;
  }
  return '';
}
