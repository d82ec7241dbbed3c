/** The settings of the rate limits. docs/guide/limits.md says why each has its default. */

/** The window of each unit of a limit, in seconds. */
export const limitWindowSeconds = {
  'failures per 15 minutes': 15 * 60,
  'sign-ins per 15 minutes': 15 * 60,
  'registrations per hour': 60 * 60,
  'refreshes per minute': 60,
  'exports per hour': 60 * 60,
  'changes per hour': 60 * 60,
  'mails per minute': 60,
  'mails per hour': 60 * 60,
  'mails per day': 24 * 60 * 60,
} as const;

export type LimitUnit = keyof typeof limitWindowSeconds;

const limit = <Default extends number>(unit: LimitUnit, standard: Default, description: string) =>
  ({
    group: 'limits',
    type: 'integer',
    default: standard,
    minimum: 0,
    zero: 'no limit',
    maximum: 10_000_000,
    unit,
    description: `${description} 0: no limit.`,
  }) as const;

export const rateLimitSettings = {
  RATE_LIMITS_ENABLED: {
    group: 'limits',
    type: 'boolean',
    default: true,
    description:
      'Whether the rate limits below apply. Switch them off for tests and benchmarks only.',
  },
  LOGIN_FAILURES_PER_ACCOUNT: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords one account accepts from devices and networks that have never ' +
      'signed in to it, together.',
  ),
  LOGIN_FAILURES_PER_DEVICE: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords one account accepts from one device or network that has signed in ' +
      'to it before.',
  ),
  LOGIN_FAILURES_PER_NETWORK: limit(
    'failures per 15 minutes',
    300,
    'How many wrong passwords one network may send, for all accounts together. A network is one ' +
      'IPv4 or an IPv6 /64.',
  ),
  LOGINS_PER_ACCOUNT: limit(
    'sign-ins per 15 minutes',
    300,
    'How many sign-ins one account allows from devices and networks that have signed in to it ' +
      'before.',
  ),
  LOGINS_PER_NETWORK: limit(
    'sign-ins per 15 minutes',
    3_000,
    'How many sign-ins one network may attempt, for all accounts together.',
  ),
  REGISTRATIONS_PER_ACCOUNT: limit(
    'registrations per hour',
    100,
    'How often one email may be used to register or as the new email of an account.',
  ),
  REGISTRATIONS_PER_NETWORK: limit(
    'registrations per hour',
    1_000,
    'How often one network may register an account or change an email.',
  ),
  REFRESHES_PER_SESSION: limit(
    'refreshes per minute',
    600,
    'How often one session may be refreshed, including retries.',
  ),
  REFRESHES_PER_NETWORK: limit(
    'refreshes per minute',
    60_000,
    'How often one network may refresh or log out, for all sessions together.',
  ),
  REAUTHENTICATION_FAILURES_PER_SESSION: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords one session may send to prove again who its user is, for example to change the password ' +
      'or to delete the account. Wrong second factors count apart (`FACTOR_FAILURES_PER_FACTOR`).',
  ),
  REAUTHENTICATION_FAILURES_PER_NETWORK: limit(
    'failures per 15 minutes',
    100,
    'How many wrong passwords for one account one network may send to prove again who its user is. Wrong second factors ' +
      'count apart (`FACTOR_FAILURES_PER_NETWORK`).',
  ),
  LINK_TOKEN_FAILURES_PER_NETWORK: limit(
    'failures per 15 minutes',
    100,
    'How many invalid link tokens one network may send.',
  ),
  FACTOR_FAILURES_PER_FACTOR: limit(
    'failures per 15 minutes',
    10,
    'How many wrong codes of authenticator apps one account accepts, and how many wrong recovery codes: to sign in, to ' +
      'reset a password, and to prove it again. Beyond that, codes of that kind are refused there; passkeys are not.',
  ),
  FACTOR_FAILURES_PER_NETWORK: limit(
    'failures per 15 minutes',
    100,
    'How many wrong second factors one network may send, for all accounts together.',
  ),
  CHANGES_PER_USER: limit(
    'changes per hour',
    1_000,
    'How many other changes one user may make to their account, in all sessions together.',
  ),
  SECURITY_CHANGES_PER_SESSION: limit(
    'changes per hour',
    100,
    'How often one session may end sessions, change or confirm the password, or delete the account. A thief in ' +
      'one session cannot use up what the owner may do in another.',
  ),
  CHANGES_PER_ADMINISTRATOR: limit(
    'changes per hour',
    10_000,
    'How many requests that change data, including exports, one administrator may send.',
  ),
  EXPORTS_PER_USER: limit(
    'exports per hour',
    10,
    'How often one user may export their data, in all sessions together.',
  ),
  MAILS_PER_RECIPIENT: limit(
    'mails per hour',
    5,
    'How many mails with a code or a link are sent to one mailbox, in all its spellings. Beyond that, requests get the ' +
      'same answer, but no mail is sent. Mails for users who have signed in, or who have proven the email and ask from a ' +
      'network that they signed in from before, are counted separately.',
  ),
  MAILS_PER_RECIPIENT_A_DAY: limit('mails per day', 10, 'The same for a day.'),
  NOTICES_PER_RECIPIENT: limit(
    'mails per day',
    5,
    'How many notices of one kind are sent to one email. They do not count as MAILS_PER_RECIPIENT, so they never ' +
      'prevent that a code is sent.',
  ),
  MAILS_PER_NETWORK: limit(
    'mails per hour',
    300,
    'How many mails one network may request without signing in. Requests of signed-in users are counted separately.',
  ),
  MAILS_PER_MINUTE: limit(
    'mails per minute',
    600,
    'How many mails are handed to the SMTP server. The others wait in the outbox.',
  ),
  KNOWN_NETWORK_RETENTION: {
    group: 'limits',
    type: 'integer',
    default: 90 * 86_400,
    minimum: 0,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description: 'How long a network that signed in to an account is remembered as known to it.',
  },
} as const;

/** A setting that is a limit. */
export type LimitName = {
  [Name in keyof typeof rateLimitSettings]: (typeof rateLimitSettings)[Name] extends {
    unit: LimitUnit;
  }
    ? Name
    : never;
}[keyof typeof rateLimitSettings];
