import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { openapiPath } from '../lib/own-package.ts';
import { compressionHeaders } from './compression.ts';
import { createContent } from './content.ts';
import type { PublicUrlConfig } from './public-url.ts';
import { choiceHeader, errorAnswers, header } from './schemas.ts';

/**
 * The OpenAPI description of the HTTP API. It is made from the routes when one of them is changed
 * (`npm run generate`), not at each start: what makes it takes time and memory that no request needs.
 */

const versionHeaders = {
  ETag: header('Names this version, for `If-None-Match`.', 'W/"eZhsIP6VL_OUZEmP"'),
  'Cache-Control': choiceHeader('Ask the server whether it has changed.', 'no-cache'),
  Vary: compressionHeaders.Vary,
};

const openapiSchema = Type.Object(
  { openapi: Type.String({ examples: ['3.1.0'] }) },
  {
    additionalProperties: true,
    description: 'An OpenAPI document.',
    headers: { ...versionHeaders, ...compressionHeaders },
  },
);

export function documentRoutes(app: FastifyInstance, { publicUrl }: PublicUrlConfig): void {
  const content = createContent({
    type: 'application/json; charset=utf-8',
    caching: 'no-cache',
    load: async () => {
      const text = await readFile(openapiPath);
      return publicUrl === undefined ? text : Buffer.from(withServer(text.toString(), publicUrl));
    },
  });
  app.route({
    method: 'GET',
    url: '/openapi.json',
    config: { auth: { kind: 'public' } },
    schema: {
      operationId: 'readApiDescription',
      summary: 'This description',
      description: 'OpenAPI 3.1. Clients can be generated from it.',
      tags: ['Operation'],
      response: {
        200: openapiSchema,
        304: {
          type: 'null',
          description: 'It has not changed since the version that `If-None-Match` names.',
          headers: versionHeaders,
        },
        ...errorAnswers({}),
      },
    },
    handler: content.answer,
  });
}

/** Paths are put behind the URL of the server, and begin with a slash themselves (OpenAPI 3.1 4.8.5). */
function withServer(document: string, publicUrl: string): string {
  const servers = [{ url: publicUrl.replace(/\/$/, ''), description: 'This server.' }];
  return JSON.stringify({ ...JSON.parse(document), servers });
}
