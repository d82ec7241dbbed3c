import { finished, Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppError } from '../errors/index.ts';
import type { Answer } from '../lib/answer.ts';
import { principalOf } from './guards.ts';
import { routePermissions } from './routes.ts';
import { dispositionOf } from './schemas.ts';
import type { Authorization, RequestPrincipal } from './types.ts';

/** How long an export may take. Tests shorten it; there is nothing to configure. */
export interface ExportTimes {
  /** A client that takes no further page for this long is cut off. */
  readonly stallMs: number;
  /** The longest that an export may take. */
  readonly wholeMs: number;
}

const defaultTimes: ExportTimes = { stallMs: 60_000, wholeMs: 60 * 60_000 };

/** How many exports of a route one process sends at once; one more is refused. */
const maxAtOnce = 4;

export interface ExportDeps {
  readonly log: Logger;
  readonly authorization: Authorization;
  /** @throws AppError 401 if the session behind the request has ended, or its user is inactive */
  requireSignedIn(principal: RequestPrincipal): Answer<RequestPrincipal>;
  readonly exportTimes?: ExportTimes | undefined;
}

/** A file that an administrator downloads. */
export interface Export {
  readonly type: string;
  readonly fileName: string;
  /** Some hundred lines each. The next one is read when the reader has taken those before. */
  readonly pages: AsyncIterable<string>;
  /** Records that it is taken, before anything of it is. */
  record(): Promise<void>;
}

export type SendExport = (
  request: FastifyRequest,
  reply: FastifyReply,
  what: Export,
) => Promise<FastifyReply>;

/**
 * Sends the exports of a route. An export goes on only while its administrator may have it: that is checked again for
 * each page. And only while the client reads: a client that does not would block the exports of others.
 *
 * An export that does not reach its end is cut off with a reset. If the end of the connection is the end of the body
 * (HTTP/1.0, as some proxies speak it), half a list would otherwise look like a whole one.
 *
 * @throws AppError `overloaded`
 */
export function createSendExport({
  log,
  authorization,
  requireSignedIn,
  exportTimes: times = defaultTimes,
}: ExportDeps): SendExport {
  let underWay = 0;

  /** The access token may expire meanwhile, and so may the authentication be no longer recent. */
  async function requireAllowed(request: FastifyRequest): Promise<void> {
    const principal = await requireSignedIn(principalOf(request));
    await authorization.authorize(principal, routePermissions(request.routeOptions.config));
  }

  function startWatch(request: FastifyRequest, { raw }: FastifyReply) {
    function cut(reason: string, err?: unknown): void {
      log.warn({ req_id: request.id, reason, err }, 'an export was cut off');
      raw.socket?.resetAndDestroy();
    }
    const stall = setTimeout(cut, times.stallMs, 'stalled').unref();
    const whole = setTimeout(cut, times.wholeMs, 'too_long').unref();
    finished(raw, () => {
      clearTimeout(stall);
      clearTimeout(whole);
    });
    return { cut, pageTaken: () => stall.refresh() };
  }

  async function* watched(request: FastifyRequest, reply: FastifyReply, { pages }: Export) {
    const { cut, pageTaken } = startWatch(request, reply);
    try {
      for await (const page of pages) {
        if (reply.raw.writableEnded) return; // HEAD: nobody takes them
        await requireAllowed(request);
        yield page;
        pageTaken();
      }
    } catch (error) {
      if (reply.raw.headersSent) {
        if (error instanceof AppError) cut(error.code, error.cause);
        else cut('internal_error', error);
      }
      throw error;
    }
  }

  return async (request, reply, what) => {
    if (underWay >= maxAtOnce) {
      throw new AppError('overloaded', { headers: { 'retry-after': '5' } });
    }
    underWay += 1;
    const lines = Readable.from(watched(request, reply, what), { highWaterMark: 1 });
    lines.once('close', () => {
      underWay -= 1;
    });
    try {
      await what.record();
    } catch (error) {
      lines.destroy();
      throw error;
    }
    return reply
      .header('content-disposition', dispositionOf(what.fileName))
      .type(what.type)
      .send(lines);
  };
}
