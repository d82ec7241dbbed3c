import type { ErrorDefinition } from './definition.ts';

/** The errors of the server itself, and of its limits. */
export const serverErrors = {
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
  mail_not_configured: {
    status: 503,
    title: 'This server sends no mail.',
    member: 'detail',
    text: 'This server sends no mail. Its operator has to name an SMTP server.',
    meaning: 'What was asked for needs mail. The operator names a server in `LATCHKEY_SMTP_URL`.',
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
