import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { choiceHeader, errorAnswers } from '../../../http/schemas.ts';
import type { SigningKeys } from './signing-keys.ts';

/** A third of the time that a key is published ahead of its use. */
const maxAgeSeconds = 300;
const caching = `public, max-age=${maxAgeSeconds}`;

const keySet = Type.Object(
  {
    keys: Type.Array(
      Type.Object(
        {
          kty: Type.String({ examples: ['OKP'] }),
          kid: Type.String({ examples: ['kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k'] }),
          alg: Type.String({ examples: ['EdDSA'] }),
          use: Type.String({ examples: ['sig'] }),
        },
        { additionalProperties: true },
      ),
    ),
  },
  {
    headers: {
      'Cache-Control': choiceHeader('How long it may be stored.', caching),
    },
    title: 'KeySet',
    description: 'The public keys (RFC 7517). There are none while tokens are signed with HS256.',
  },
);

/** Where others find the keys that access tokens are verified with. */
export function jwksRoute(app: FastifyInstance, { keys }: { keys: SigningKeys }): void {
  app.route({
    method: 'GET',
    url: '/.well-known/jwks.json',
    config: { auth: { kind: 'public' } },
    schema: {
      operationId: 'readKeys',
      summary: 'Read the public signing keys',
      tags: ['Keys'],
      response: { 200: keySet, ...errorAnswers({}) },
    },
    handler: async (_request, reply) => {
      reply.header('cache-control', caching);
      return { keys: keys.published().map((key) => key.publicJwk) };
    },
  });
}
