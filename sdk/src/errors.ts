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
  readonly code: ErrorCode;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  /** One list of messages for each field that is not valid. */
  readonly fields: Readonly<Record<string, readonly string[]>>;
  /** What the server's log calls the request. */
  readonly requestId: string | undefined;
  /** When it makes sense to try again, where the server said so. */
  readonly retryAfterSeconds: number | undefined;
  /** The whole answer. */
  readonly problem: Problem | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, { cause: facts.cause });
    this.code = code;
    this.status = facts.status ?? 0;
    this.problem = facts.problem;
    this.fields = fieldsOf(facts.problem);
    this.requestId = facts.problem?.request_id;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** Other errors have lists as well, such as the `methods` of a second factor. */
const statusesOfFields: readonly number[] = [400, 405];

function fieldsOf(problem: Problem | undefined): Record<string, string[]> {
  if (!problem || !statusesOfFields.includes(problem.status)) return {};
  const lists = Object.entries(problem).filter(
    (entry): entry is [string, string[]] =>
      Array.isArray(entry[1]) && entry[1].every((message) => typeof message === 'string'),
  );
  return Object.fromEntries(lists);
}

/** The error of an answer that is not a success. Reads its body; `network_error` if that breaks off. */
export async function errorOf(response: Response): Promise<LatchkeyError> {
  return response.text().then((text) => errorOfBody(response, parseJson(text)), networkError);
}

/** The error of an answer whose body was read already. */
export function errorOfBody({ status, headers }: Response, body: unknown): LatchkeyError {
  const retryAfterSeconds = retryAfterOf(headers);
  if (!isProblem(body)) {
    const message = `The server answered ${status}, and not in a way that Latchkey does.`;
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
