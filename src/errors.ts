/**
 * The closed table of error codes. Every error that leaves the server is one of these, as a problem
 * document (RFC 9457): `type`, `title`, `status`, `code`, `request_id`, and the members that the
 * HTTP contract names (`error`, `detail`, or one list of messages for each bad field).
 */

interface ErrorDefinition {
  readonly status: number;
  /** One short sentence that does not vary (RFC 9457 3.1.3). */
  readonly title: string;
  /** The member that carries `text` in the answer, where the contract has one. */
  readonly member?: 'error' | 'detail';
  /** What that member says; `detail` of the thrown error replaces it. */
  readonly text?: string;
  /** For whoever meets the code: what it means and what to do. Printed in the reference. */
  readonly meaning: string;
}

const table = {
  invalid_fields: {
    status: 400,
    title: 'Some fields are not valid.',
    meaning: 'Each member named like a field lists what is wrong with that field.',
  },
  invalid_body: {
    status: 400,
    title: 'The body is not an object.',
    meaning: 'A JSON object belongs here; `non_field_errors` says what came instead.',
  },
  malformed_body: {
    status: 400,
    title: 'The body could not be parsed.',
    member: 'detail',
    meaning: 'The body is not what its Content-Type says; `detail` says where it breaks.',
  },
  malformed_request: {
    status: 400,
    title: 'The request is not valid HTTP.',
    member: 'detail',
    text: 'The request is not valid HTTP.',
    meaning: 'The request line or a header could not be read.',
  },
  invalid_refresh_token: {
    status: 400,
    title: 'The refresh token is not valid.',
    member: 'error',
    text: 'Invalid refresh token',
    meaning: 'Missing, malformed, unknown or used. Sign in again.',
  },
  invalid_one_time_token: {
    status: 400,
    title: 'The link is not valid.',
    member: 'detail',
    text: 'This link is not valid, or not any more.',
    meaning:
      'The token of the link is unknown, was used, or has expired, or what it was for has changed. ' +
      'Ask for a new one.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The credentials are not valid.',
    member: 'error',
    text: 'Invalid credentials',
    meaning: 'No active account has this address and password. Deliberately no more is said.',
  },
  not_authenticated: {
    status: 401,
    title: 'An access token is needed.',
    member: 'detail',
    text: 'Authentication credentials were not provided.',
    meaning: 'Send `Authorization: Bearer <access token>`.',
  },
  invalid_token_header: {
    status: 401,
    title: 'The Authorization header is malformed.',
    member: 'detail',
    text: 'Invalid token header. No credentials provided.',
    meaning: 'The header is not `Bearer`, one space, one token; `detail` says what is wrong.',
  },
  invalid_token: {
    status: 401,
    title: 'The access token is not valid.',
    member: 'detail',
    text: 'Invalid token.',
    meaning: 'Malformed, expired, or signed by somebody else. Refresh and try again.',
  },
  user_inactive: {
    status: 401,
    title: 'The user is deactivated or deleted.',
    member: 'detail',
    text: 'User inactive or deleted.',
    meaning: 'The token is good but its user may not sign in any more.',
  },
  permission_denied: {
    status: 403,
    title: 'A permission is missing.',
    member: 'detail',
    text: 'You do not have the permission for this.',
    meaning: 'The user is signed in but may not do this; `detail` names what is missing.',
  },
  no_admin_permission: {
    status: 403,
    title: 'The account may not administer anything.',
    member: 'detail',
    text: 'This account may not administer anything.',
    meaning:
      'The password is right, but the user has no permission of the server itself, so the admin ' +
      'site lets nobody in with it. Somebody who administers roles can give one.',
  },
  csrf_refused: {
    status: 403,
    title: 'The request did not come from the admin site.',
    member: 'detail',
    text: 'The request did not come from the admin site.',
    meaning:
      'Only the admin site itself may ask for its session: `X-Latchkey-Admin: 1`, and ' +
      '`Sec-Fetch-Site` or `Origin` where the browser sends them. Reload the page. A proxy has to ' +
      'pass on `Host`.',
  },
  reauthentication_required: {
    status: 403,
    title: 'The password has to be confirmed again.',
    member: 'detail',
    text: 'Confirm your password first.',
    meaning:
      'Dangerous, and the password was checked longer ago than REAUTHENTICATION_AGE. Confirm it at ' +
      '`/api/me/confirm-password/`, and send the request again.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing at this path.',
    member: 'detail',
    text: 'Not found.',
    meaning: 'Check the path; the API reference lists all of them.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The method is not allowed here.',
    member: 'detail',
    meaning: 'The `Allow` header lists the methods of this path.',
  },
  password_already_set: {
    status: 409,
    title: 'The user has a password already.',
    member: 'detail',
    text: 'The user has a password already, so there is nothing to invite them to.',
    meaning: 'Invitations are for users without a password. Set another one instead.',
  },
  already_set_up: {
    status: 409,
    title: 'There is a superuser already.',
    member: 'detail',
    text: 'There is a superuser already. Sign in as one.',
    meaning: 'The link of the first administrator is good only while there is no superuser.',
  },
  version_conflict: {
    status: 409,
    title: 'Somebody was faster.',
    member: 'detail',
    meaning:
      'What you change is not as you knew it (`expected_version`). Read it again, then decide.',
  },
  setting_pinned: {
    status: 409,
    title: 'The environment holds the setting.',
    member: 'detail',
    meaning: '`LATCHKEY_<NAME>` decides its value, so a change would do nothing. Change it there.',
  },
  cannot_rotate: {
    status: 409,
    title: 'No signing key can follow now.',
    member: 'detail',
    meaning: '`detail` says why: tokens are signed with the secret, or the next key waits already.',
  },
  last_superuser: {
    status: 409,
    title: 'The last active superuser has to stay.',
    member: 'detail',
    text: 'This is the last active superuser. Make another one first.',
    meaning: 'Without one nobody could administer the server. Make another user a superuser first.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive.',
    member: 'detail',
    text: 'The request took too long to arrive.',
    meaning: 'The headers or the body came too slowly. Send it again.',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large.',
    member: 'detail',
    text: 'The request body is too large.',
    meaning: 'No request here needs more than the limit of the server (1 MiB).',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The media type of the body is not supported.',
    member: 'detail',
    meaning: 'Send application/json, application/x-www-form-urlencoded or multipart/form-data.',
  },
  headers_too_large: {
    status: 431,
    title: 'The request headers are too large.',
    member: 'detail',
    text: 'The request headers are too large.',
    meaning: 'Send fewer or shorter headers.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests.',
    member: 'detail',
    text: 'Too many requests. Try again later.',
    meaning: 'A limit is reached, which `RateLimit-Policy` names. Wait for `Retry-After` seconds.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on the server.',
    member: 'detail',
    text: 'Something went wrong on the server. The operator finds it in the log by the request_id.',
    meaning: 'A fault of ours. The log has the cause under the `request_id`.',
  },
  overloaded: {
    status: 503,
    title: 'The server is busy.',
    member: 'detail',
    text: 'The server is busy. Try again shortly.',
    meaning: 'Too many sign-ins or large bodies wait. Repeat it after `Retry-After` seconds.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database cannot take the request now.',
    member: 'detail',
    text: 'The server cannot reach or write its database now. Try again shortly.',
    meaning:
      'The disk is full, or the database is locked or away. Nothing was changed, unless PostgreSQL ' +
      'went away in the middle of the commit: look before you repeat it.',
  },
  maintenance: {
    status: 503,
    title: 'The server is in maintenance and changes nothing now.',
    member: 'detail',
    text: 'The server is in maintenance: it answers, and changes nothing. Try again shortly.',
    meaning:
      'The operator has switched `MAINTENANCE_MODE` on. What only reads is answered; sign-ins, ' +
      'refreshes and changes are not. Nobody is signed out: wait for `Retry-After` seconds.',
  },
  not_ready: {
    status: 503,
    title: 'The server cannot take requests now.',
    member: 'detail',
    meaning: 'Answered by `/readyz` alone. `failed_checks` names what is not as it should be.',
  },
  shutting_down: {
    status: 503,
    title: 'The server is stopping.',
    member: 'detail',
    text: 'The server is stopping. Try again shortly.',
    meaning: 'This process is being stopped; another one, or the next, will answer.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof table;

/**
 * Why a session ended. Stored with it, and told to its client as the `code` of the refusal: of an
 * access token (401, like `invalid_token`) and of a refresh token (400, like `invalid_refresh_token`).
 */
export const endCauseTable = {
  logged_out: {
    title: 'The session was logged out.',
    meaning: 'Its user logged out. Sign in again.',
  },
  session_expired: {
    title: 'The session has expired.',
    meaning: 'It was not refreshed for too long, or has reached its greatest age. Sign in again.',
  },
  refresh_token_reused: {
    title: 'A superseded refresh token came back; its session has ended.',
    meaning: 'Two parties held the token, so one of them may be a thief. Sign in again.',
  },
  session_revoked: {
    title: 'The session was ended by its user.',
    meaning: 'The user ended it from another session. Sign in again.',
  },
  session_revoked_by_admin: {
    title: 'The session was ended by an administrator.',
    meaning: 'Somebody who administers the server ended it. Sign in again.',
  },
  impersonation_ended: {
    title: 'The session of an administrator in the name of a user has ended.',
    meaning: 'The administrator has ended it, or may not do it any more.',
  },
  session_limit_reached: {
    title: 'The session gave way to a newer one.',
    meaning: 'The user signed in more often than MAX_SESSIONS_PER_USER; the oldest ended.',
  },
  password_changed: {
    title: 'The password was changed; the session has ended.',
    meaning: 'Changing a password ends the sessions that were signed in with the old one.',
  },
  user_deactivated: {
    title: 'The user was deactivated; the session has ended.',
    meaning: 'An operator deactivated the account.',
  },
  database_restored: {
    title: 'The database was restored from a backup; the session has ended.',
    meaning: 'The session was used after the backup was made, and that is not known any more.',
  },
} as const satisfies Record<string, { title: string; meaning: string }>;

export type EndCause = keyof typeof endCauseTable;

export const errorTable: Readonly<Record<ErrorCode, ErrorDefinition>> = table;

/** The errors that a token gets when its session has ended, with the cause as their code. */
export const refusedTokens = [
  'invalid_refresh_token',
  'invalid_token',
] as const satisfies ErrorCode[];

/** A `code` that a problem document can have, for whoever meets it. */
export interface ProblemKind {
  readonly code: ErrorCode | EndCause;
  readonly statuses: readonly number[];
  readonly title: string;
  readonly meaning: string;
}

/** Every one of them, by code. */
export const problemKinds: ReadonlyMap<string, ProblemKind> = new Map(
  [
    ...(Object.keys(errorTable) as ErrorCode[]).map((code) => {
      const { status, title, meaning } = errorTable[code];
      return { code, statuses: [status], title, meaning };
    }),
    ...(Object.keys(endCauseTable) as EndCause[]).map((code) => ({
      code,
      statuses: refusedTokens.map((refused) => errorTable[refused].status),
      ...endCauseTable[code],
    })),
  ].map((kind) => [kind.code, kind]),
);

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
  /** Facts for the log, without secrets or addresses. Never leave the server. */
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

/** The body of the problem document for an error (RFC 9457 3). */
export function problemDocument(error: AppError, requestId: string): ProblemDocument {
  const { status, title, member, text } = errorTable[error.code];
  const { detail, members, endCause } = error.options;
  const code = endCause ?? error.code;
  return {
    type: `/problems/${code}`,
    title: endCause ? endCauseTable[endCause].title : title,
    status,
    code,
    request_id: requestId,
    ...(member && { [member]: detail ?? text ?? title }),
    ...members,
  };
}
