import type { components } from './openapi.ts';

/** What the server answers instead of a success (RFC 9457). */
export type Problem = components['schemas']['Problem'];

/**
 * What went wrong: the `code` of the server's answer, or one of two that only the client knows.
 * `network_error`: no answer came. `unexpected_answer`: somebody else answered, such as a proxy.
 */
export type ErrorCode = Problem['code'] | 'network_error' | 'unexpected_answer';

interface ErrorFacts {
  readonly status?: number;
  readonly problem?: Problem;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/** Every failure of a call, the server's and the network's. */
export class LatchkeyError extends Error {
  override readonly name = 'LatchkeyError';
  declare readonly code: ErrorCode;
  /** The HTTP status; 0 where no answer came. */
  declare readonly status: number;
  /** One list of messages for each field that is not valid. */
  declare readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What the server's log calls the request. */
  declare readonly requestId: string | undefined;
  /** When it makes sense to try again, where the server said so. */
  declare readonly retryAfterSeconds: number | undefined;
  /** The whole answer. */
  declare readonly problem: Problem | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { status = 0, problem, retryAfterSeconds, cause }: ErrorFacts = {},
  ) {
    super(message, { cause });
    this.code = code;
    this.status = status;
    this.problem = problem;
    this.fields = fieldsOf(problem);
    this.requestId = problem?.request_id;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Other errors have lists as well, such as the `methods` of a second factor. */
const statusesOfFields: readonly number[] = [400, 405];

function fieldsOf(problem: Problem | undefined): Record<string, string[]> {
  if (!problem || !statusesOfFields.includes(problem.status)) return {};
  const lists = Object.entries(problem).filter(
    ([, list]) => Array.isArray(list) && list.every((message) => typeof message === 'string'),
  );
  return Object.fromEntries(lists) as Record<string, string[]>;
}

/** The error of an answer that is not a success. Reads its body; `network_error` if that breaks off. */
export function errorOf(response: Response): Promise<LatchkeyError> {
  return response.text().then((text) => errorOfBody(response, parseJson(text)), networkError);
}

/** The error of an answer whose body was read already. */
export function errorOfBody({ status, headers }: Response, body?: unknown): LatchkeyError {
  const retryAfterSeconds = retryAfterOf(headers);
  if (!isProblem(body)) {
    const message = `The answer ${status} is not one of Latchkey.`;
    return new LatchkeyError('unexpected_answer', message, { status, retryAfterSeconds });
  }
  const message = body.detail ?? body.error ?? body.title;
  return new LatchkeyError(body.code, message, { status, problem: body, retryAfterSeconds });
}

/** @returns undefined if it is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'title' in body;
}

/** Seconds, or a date (RFC 9110 10.2.3). */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  if (!text) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? Math.max(seconds, 0) : undefined;
}

/** No answer came, whatever the reason that the platform gives. */
export function networkError(cause: unknown): LatchkeyError {
  return new LatchkeyError('network_error', 'The server could not be reached.', { cause });
}
