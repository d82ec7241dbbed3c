import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { type Coding, pickCoding } from './negotiation.ts';
import { answersWithHeaders } from './routes.ts';
import { choiceHeader, optionalHeader } from './schemas.ts';

/** Below it the compressed form saves no packet. */
const minBytes = 1_400;

const byCoding: Readonly<
  Record<Coding, (bytes: string | Buffer, brotliQuality: number) => Promise<Buffer>>
> = {
  br: (bytes, quality) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: quality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

/** Compresses off the event loop. */
export function compress(
  coding: Coding,
  bytes: string | Buffer,
  brotliQuality: number,
): Promise<Buffer> {
  return byCoding[coding](bytes, brotliQuality);
}

/** The headers of an answer that may be compressed, as the API description has them. */
export const compressionHeaders = {
  Vary: choiceHeader('What the answer depends on.', 'accept-encoding'),
  'Content-Encoding': optionalHeader(
    choiceHeader('How it is compressed. Absent: it is not.', 'br', 'gzip'),
  ),
};

/** Compressing one answer must not take longer than it saves. */
const quickQuality = 3;

/**
 * Compresses what administrators read, if the client accepts that: lists are long and repeat themselves. Nothing
 * else, because the length of a compressed answer reveals a secret in it (BREACH), and these have no secrets.
 */
export function compressReads(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    if (route.config?.auth?.kind !== 'admin' || !isRead(route)) return;
    answersWithHeaders(route, compressionHeaders);
    route.onSend = [
      ...[route.onSend ?? []].flat(),
      async (request, reply, payload) => {
        if (reply.statusCode !== 200) return payload;
        reply.header('vary', joined(reply.getHeader('vary'), 'accept-encoding'));
        if (typeof payload !== 'string' || payload.length < minBytes) return payload;
        const coding = pickCoding(request.headers);
        if (!coding) return payload;
        reply.header('content-encoding', coding).removeHeader('content-length');
        return compress(coding, payload, quickQuality);
      },
    ];
  });
}

/** HEAD has the headers that GET has (RFC 9110 9.3.2). */
function isRead({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => name === 'GET' || name === 'HEAD');
}

function joined(before: unknown, name: string): string {
  return before === undefined ? name : `${String(before)}, ${name}`;
}
