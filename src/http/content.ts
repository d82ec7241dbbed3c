import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { compress } from './compression.ts';
import { type Coding, isUnchanged, pickCoding } from './negotiation.ts';

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
 * Bytes that stay the same while the process runs. They are read, named and compressed once, off the event loop, when
 * somebody first needs them.
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
      if (isUnchanged(request, reply)) return reply.code(304).send();
      const coding = pickCoding(request.headers);
      if (coding) reply.header('content-encoding', coding);
      return reply.type(options.type).send(content[coding ?? 'plain']);
    },
  };
}

async function prepareOnce(options: ContentOptions): Promise<Prepared> {
  const plain = await options.load();
  const loadCompressed =
    options.loadCompressed ?? ((coding: Coding) => compress(coding, plain, brotliQuality));
  const [br, gz] = await Promise.all([loadCompressed('br'), loadCompressed('gzip')]);
  const version = createHash('sha256').update(plain).digest('base64url').slice(0, 16);
  return { version, plain, br, gzip: gz };
}
