import type { ErrorDefinition } from './definition.ts';

/** The errors of the server itself, and of its limits. */
export const serverErrors = {
  rate_limited: {
    status: 429,
    title: 'Too many requests.',
    member: 'detail',
    text: 'Too many requests. Try again later.',
    meaning:
      'A rate limit is reached; `RateLimit-Policy` names it. Wait for `Retry-After` seconds.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on the server.',
    member: 'detail',
    text: 'Something went wrong on the server. Give the request_id to the operator, who finds the cause in the log.',
    meaning: 'An error in the server. The log has the cause under the `request_id`.',
  },
  overloaded: {
    status: 503,
    title: 'The server is busy.',
    member: 'detail',
    text: 'The server is busy. Try again shortly.',
    meaning:
      'Too many sign-ins or large bodies are waiting. Repeat the request after `Retry-After` seconds.',
  },
  mail_not_configured: {
    status: 503,
    title: 'This server sends no mail.',
    member: 'detail',
    text: 'This server sends no mail. Its operator has to name an SMTP server.',
    meaning: 'What was asked for needs mail. The operator names a server in `LATCHKEY_SMTP_URL`.',
  },
  passkeys_not_configured: {
    status: 503,
    title: 'This server has no passkeys.',
    member: 'detail',
    text: 'This server has no passkeys. Its operator has to give it a domain.',
    meaning:
      'Passkeys need a domain, and the public URL has an IP. The operator names one in `LATCHKEY_PUBLIC_URL` or ' +
      '`LATCHKEY_PASSKEY_RP_ID`.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database is not available now.',
    member: 'detail',
    text: 'The server cannot reach or write its database now. Try again shortly.',
    meaning:
      'The disk is full, or the database is locked or unreachable. Nothing was changed, unless the ' +
      'connection to PostgreSQL broke during the commit: check before you repeat the request.',
  },
  maintenance: {
    status: 503,
    title: 'The server is in maintenance and does not change data now.',
    member: 'detail',
    text: 'The server is in maintenance and does not change data now. Try again shortly.',
    meaning:
      'The operator has switched `MAINTENANCE_MODE` on. Requests that only read work; sign-ins, ' +
      'refreshes and changes do not. Sessions stay: wait for `Retry-After` seconds.',
  },
  not_ready: {
    status: 503,
    title: 'The server cannot take requests now.',
    member: 'detail',
    meaning: 'Only `/readyz` answers this. `failed_checks` names the checks that failed.',
  },
  shutting_down: {
    status: 503,
    title: 'The server is stopping.',
    member: 'detail',
    text: 'The server is stopping. Try again shortly.',
    meaning: 'This process is stopping. Send the request again: another process will answer.',
  },
} as const satisfies Record<string, ErrorDefinition>;
