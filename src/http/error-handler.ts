import type { Duplex } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { AppError, type ErrorCode, problemDocument, problemType } from '../errors/index.ts';
import { createSaying } from '../lib/sayings.ts';
import { challengeOf } from './challenge.ts';
import type { RefuseSocket } from './connection-answers.ts';
import type { Connections } from './connections.ts';
import type { PublicUrlConfig } from './public-url.ts';
import type { AnswerError } from './types.ts';

/** A database that is away or cannot write is said in the log once in this time, and how often. */
const outageEveryMs = 5_000;

/** Turns every error into a problem document, and logs those that are the server's. */
export function registerErrors(
  app: FastifyInstance,
  { log, publicUrl }: PublicUrlConfig & { readonly log: Logger },
): void {
  const root = publicUrl === undefined ? '/' : new URL(publicUrl).pathname;
  app.setNotFoundHandler(() => {
    throw new AppError('not_found');
  });
  const tellOutage = createOutageLog(log);
  app.setErrorHandler((thrown, request, reply) => {
    const error = toAppError(thrown, request);
    if (error.code === 'database_unavailable') {
      tellOutage(error, request.id);
    } else if (error.status >= 500) {
      const level = error.code === 'internal_error' ? 'error' : 'warn';
      log[level](
        { req_id: request.id, code: error.code, err: error.cause, ...error.options.log },
        'request failed',
      );
    }
    const { answerError } = request.routeOptions.config;
    if (!answerError) return sendProblem(reply, error, request.id, root);
    return answerOnPage(answerError, error, request, reply);
  });

  /** A page that cannot even be shown is answered as any other request. */
  async function answerOnPage(
    answerError: AnswerError,
    error: AppError,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    try {
      return await answerError(error, request, reply);
    } catch (thrown) {
      log.error({ req_id: request.id, err: thrown }, 'an error could not be shown as a page');
      return sendProblem(reply, error, request.id, root);
    }
  }
}

/**
 * Logs that requests are refused because of the database. All of them have the same cause: logging each, with its
 * stack, would be megabytes a second, on a disk that may be the full one.
 */
function createOutageLog(log: Logger): (error: AppError, requestId: string) => void {
  const tell = createSaying(outageEveryMs);
  return ({ code, options: { cause } }, requestId) =>
    tell((refused) => {
      const why = cause instanceof Error ? cause.message || cause.name : undefined;
      log.warn({ req_id: requestId, code, cause: why, refused }, 'the database is unavailable');
    });
}

/** Answers with an error. */
function sendProblem(
  reply: FastifyReply,
  error: AppError,
  requestId: string,
  root: string,
): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', challengeOf(error));
  if (error.status === 503) reply.header('retry-after', '1');
  return reply
    .code(error.status)
    .headers({ 'cache-control': 'no-store', ...error.options.headers })
    .type(problemType)
    .send(JSON.stringify(problemDocument(error, requestId, root)));
}

const codeOfFastify: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_request',
};

function codeOf({ code = '', statusCode = 500 }: Partial<FastifyError>): ErrorCode {
  // Other errors that Fastify blames on the client are not ours.
  const isClients = code.startsWith('FST_') && statusCode < 500;
  return codeOfFastify[code] ?? (isClients ? 'malformed_request' : 'internal_error');
}

function toAppError(thrown: unknown, { raw }: FastifyRequest): AppError {
  if (thrown instanceof AppError) return thrown;
  const problem = (thrown ?? {}) as Partial<FastifyError>;
  const { validation, validationContext } = problem;
  if (validation) return invalidParameters(validation, validationContext);
  // The client went away, or was cut off, in the middle of its body: nobody reads the answer.
  if (problem.code === 'ECONNRESET' && !raw.complete) return new AppError('malformed_request');
  return new AppError(codeOf(problem), { cause: thrown });
}

/** The errors that the schema of a route finds in a request. A path that cannot exist is not found. */
function invalidParameters(
  problems: NonNullable<FastifyError['validation']>,
  context: string | undefined,
): AppError {
  if (context === 'params') return new AppError('not_found');
  const members: Record<string, string[]> = {};
  for (const { instancePath, message = 'is not valid' } of problems) {
    const name = instancePath.split('/')[1] || 'non_field_errors';
    members[name] = [...(members[name] ?? []), `This value ${message}.`];
  }
  return new AppError('invalid_fields', { members });
}

const codeOfNode: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

/** Answers what Node's parser refused before it became a request. The connection ends with it. */
export function createClientErrorAnswer(connections: Connections, refuse: RefuseSocket) {
  return (problem: Error & { code?: string }, socket: Duplex): void => {
    if (problem.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const error = new AppError(codeOfNode[problem.code ?? ''] ?? 'malformed_request', {
      log: { problem: problem.code },
    });
    connections.afterEarlierAnswers(socket, () => refuse(error, socket));
  };
}
