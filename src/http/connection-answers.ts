import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { AppError, problemDocument, problemType } from '../errors/index.ts';
import { type Connections, endSoftly } from './connections.ts';
import { allowedMethods, servedMethods } from './methods.ts';
import { STATUS_CODES } from './node-http.ts';

/** Answers on a connection that carries no request, or none any more. */

/** Answers, and ends the connection. */
export type RefuseSocket = (error: AppError, socket: Duplex) => void;

/** @param lingerMs a client that was answered has this long to close its end */
export function createSocketRefusal(
  nextRequestId: () => string,
  log: Logger,
  lingerMs: number,
): RefuseSocket {
  return (error, socket) => {
    const { status } = error;
    const requestId = nextRequestId();
    const body = JSON.stringify(problemDocument(error, requestId));
    const answer = [
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
      `date: ${new Date().toUTCString()}`,
      `content-type: ${problemType}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'cache-control: no-store',
      'x-content-type-options: nosniff',
      ...Object.entries(error.options.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
      `x-request-id: ${requestId}`,
      'connection: close',
      '',
      body,
    ];
    socket.resume(); // else the client's end of a tunnel is never seen
    endSoftly(socket, lingerMs, answer.join('\r\n'));
    log.info({ req_id: requestId, status, ...error.options.log }, 'unreadable request');
  };
}

/** CONNECT asks for a tunnel. Node would close the connection without a word. */
export function refuseTunnels(
  { server }: FastifyInstance,
  connections: Connections,
  refuse: RefuseSocket,
): void {
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const detail = 'Method "CONNECT" not allowed.';
    // It names no path, so these are the methods of any.
    const headers = { allow: allowedMethods(new Set(servedMethods)).join(', ') };
    const error = new AppError('method_not_allowed', { detail, headers });
    connections.afterEarlierAnswers(socket, () => refuse(error, socket));
  });
}
