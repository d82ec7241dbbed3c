import { type EndCause, endCauseTable } from './end-causes.ts';
import { type ErrorCode, errorTable } from './error-table.ts';

export interface AppErrorOptions {
  /** Why the session of a refused token ended: the `code` of the answer. */
  endCause?: EndCause;
  /** Replaces the text of the contract's member. Leaves the server. */
  detail?: string;
  /** More members of the answer, such as one list of messages a field. Leaves the server. */
  members?: Readonly<Record<string, unknown>>;
  /** More headers of the answer. */
  headers?: Readonly<Record<string, string>>;
  /** What happened underneath. Never leaves the server. */
  cause?: unknown;
  /** Facts for the log, without secrets or emails. Never leave the server. */
  log?: Readonly<Record<string, unknown>>;
}

/** An answer that is not a success. Thrown anywhere, turned into a problem document at the edge. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly options: AppErrorOptions;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(errorTable[code].title, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'AppError';
    this.code = code;
    this.status = errorTable[code].status;
    this.options = options;
  }
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode | EndCause;
  readonly request_id: string;
  readonly [member: string]: unknown;
}

export const problemType = 'application/problem+json';

/**
 * The body of the problem document for an error (RFC 9457 3).
 *
 * @param root the path at which clients reach the server, with a slash at its end
 */
export function problemDocument(error: AppError, requestId: string, root = '/'): ProblemDocument {
  const { status, title, member, text } = errorTable[error.code];
  const { detail, members, endCause } = error.options;
  const code = endCause ?? error.code;
  return {
    type: `${root}problems/${code}`,
    title: endCause ? endCauseTable[endCause].title : title,
    status,
    code,
    request_id: requestId,
    ...(member && { [member]: detail ?? text ?? title }),
    ...members,
  };
}
