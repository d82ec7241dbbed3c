import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

export interface ContentOptions {
  /** The Content-Type. */
  readonly type: string;
  /** The Cache-Control. */
  readonly caching: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Asked once, when it is first needed; again only if it failed. */
  load(): Promise<Buffer>;
  /** Where the bytes are there compressed; else they are compressed here, once. */
  loadCompressed?(coding: Coding): Promise<Buffer>;
}

export type Coding = 'br' | 'gzip';

export interface Content {
  /** A name for exactly these bytes. */
  version(): Promise<string>;
  /** Sends them, or 304 where the client has them already. */
  answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply>;
}

interface Prepared {
  readonly version: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly br: Buffer;
}

/** Better is not worth the wait: what is compressed here is compressed when it is first asked for. */
const brotliQuality = 6;

/**
 * Bytes that stay the same for as long as the process runs. They are read, named and compressed
 * once, off the event loop, when somebody first wants them.
 */
export function createContent(options: ContentOptions): Content {
  let prepared: Promise<Prepared> | undefined;
  const prepare = () => {
    prepared ??= prepareOnce(options).catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  };

  return {
    async version() {
      return (await prepare()).version;
    },
    async answer(request, reply) {
      const content = await prepare();
      const etag = `W/"${content.version}"`;
      reply
        .headers({ 'cache-control': options.caching, vary: 'accept-encoding', etag })
        .headers(options.headers ?? {});
      if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
      const coding = pickCoding(request.headers['accept-encoding']);
      if (coding) reply.header('content-encoding', coding);
      return reply.type(options.type).send(content[coding ?? 'plain']);
    },
  };
}

async function prepareOnce(options: ContentOptions): Promise<Prepared> {
  const plain = await options.load();
  const loadCompressed = options.loadCompressed ?? ((coding: Coding) => compressors[coding](plain));
  const [br, gz] = await Promise.all([loadCompressed('br'), loadCompressed('gzip')]);
  const version = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return { version, plain, br, gzip: gz };
}

const compressors: Readonly<Record<Coding, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: brotliQuality,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gzip: (bytes) => promisify(gzip)(bytes),
};

/** The best coding that a client takes (RFC 9110 12.5.3); undefined: none. */
function pickCoding(acceptEncoding = ''): Coding | undefined {
  const taken = acceptEncoding
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(';', 1)[0]?.trim());
  return (['br', 'gzip'] as const).find((coding) => taken.includes(coding));
}
