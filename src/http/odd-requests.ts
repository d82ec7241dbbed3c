import type { IncomingMessage, ServerResponse } from 'node:http';
import { METHODS } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors.ts';
import type { RefuseSocket } from './error-handler.ts';

/**
 * What Node would answer on its own, without a body, before we see it: these requests get a problem
 * document like any other.
 */

/** Makes the router know every method that Node reads, so that none is unknown on a known path. */
export function acceptEveryMethod(app: FastifyInstance): void {
  for (const method of METHODS) {
    if (method !== 'CONNECT' && !app.supportedMethods.includes(method)) app.addHttpMethod(method);
  }
}

/**
 * Takes over from Node what it would refuse by itself.
 *
 * @param refuse answers on a connection that is no request's any more, and ends it
 */
export function answerOddRequests(app: FastifyInstance, refuse: RefuseSocket): void {
  // A server may ignore an expectation that it does not know (RFC 9110 10.1.1).
  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    app.server.emit('request', request, response);
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    const detail = 'Method "CONNECT" not allowed.';
    refuse(new AppError('method_not_allowed', { detail }), socket);
  });
  app.addHook('onRequest', (request, _reply, done) => {
    const { httpVersionMinor, headers } = request.raw;
    if (headers.host === undefined && httpVersionMinor === 1) {
      done(new AppError('malformed_request')); // RFC 9112 3.2
    } else if (request.is404) {
      done(new AppError('not_found')); // whatever its body is
    } else {
      done();
    }
  });
}

/**
 * Goes on when the requests that came earlier on a connection are answered: what follows them in one
 * stream must not overtake their answers, which the client would take for its own.
 */
export function afterEarlierAnswers(socket: Duplex, next: () => void): void {
  // Node has no public way from a connection to the answer that is under way on it.
  const { _httpMessage: answer } = socket as Duplex & { _httpMessage?: ServerResponse | null };
  // One whose request is still arriving is the answer to what is wrong.
  if (!answer?.req.complete || answer.writableFinished) {
    next();
    return;
  }
  answer.once('close', () => setImmediate(afterEarlierAnswers, socket, next));
}
