/** The settings of the rate limits. Why each is what it is: docs/decisions/rate-limits.md. */

/** What each unit of a limit counts in: a window, in seconds. */
export const limitWindowSeconds = {
  'failures per 15 minutes': 15 * 60,
  'sign-ins per 15 minutes': 15 * 60,
  'registrations per hour': 60 * 60,
  'refreshes per minute': 60,
  'exports per hour': 60 * 60,
  'changes per hour': 60 * 60,
} as const;

export type LimitUnit = keyof typeof limitWindowSeconds;

const limit = <Default extends number>(unit: LimitUnit, standard: Default, description: string) =>
  ({
    type: 'integer',
    default: standard,
    minimum: 0,
    maximum: 10_000_000,
    unit,
    description: `${description} 0: any number.`,
  }) as const;

export const rateLimitSettings = {
  RATE_LIMITS_ENABLED: {
    type: 'boolean',
    default: true,
    description: 'Whether the limits below hold. Off is for tests and benchmarks.',
  },
  LOGIN_FAILURES_PER_ACCOUNT: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords for one account may come from devices and addresses that have never ' +
      'signed in to it, all together.',
  ),
  LOGIN_FAILURES_PER_DEVICE: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords for one account may come from one device or address that has signed ' +
      'in to it before.',
  ),
  LOGIN_FAILURES_PER_ADDRESS: limit(
    'failures per 15 minutes',
    300,
    'How many wrong passwords, for whatever accounts, may come from one IP address.',
  ),
  LOGINS_PER_ACCOUNT: limit(
    'sign-ins per 15 minutes',
    300,
    'How often one account may be signed in to from devices and IP addresses that have signed in to ' +
      'it before.',
  ),
  LOGINS_PER_ADDRESS: limit(
    'sign-ins per 15 minutes',
    3_000,
    'How many sign-ins, to whatever accounts, may come from one IP address.',
  ),
  REGISTRATIONS_PER_ACCOUNT: limit(
    'registrations per hour',
    100,
    'How often one e-mail address may be given to make an account, or to change to.',
  ),
  REGISTRATIONS_PER_ADDRESS: limit(
    'registrations per hour',
    1_000,
    'How often one IP address may ask to make an account, or to change to another e-mail address.',
  ),
  REFRESHES_PER_SESSION: limit(
    'refreshes per minute',
    600,
    'How often one session may be refreshed, retries included.',
  ),
  REFRESHES_PER_ADDRESS: limit(
    'refreshes per minute',
    60_000,
    'How often one IP address may refresh or log out, whatever the sessions.',
  ),
  PASSWORD_CONFIRMATION_FAILURES_PER_SESSION: limit(
    'failures per 15 minutes',
    10,
    'How many wrong passwords may be given in one session where it is asked for again: to change ' +
      'it, or to delete the account.',
  ),
  PASSWORD_CONFIRMATION_FAILURES_PER_ADDRESS: limit(
    'failures per 15 minutes',
    100,
    'How many wrong passwords for one account may come from one IP address where it is asked for ' +
      'again.',
  ),
  ONE_TIME_TOKEN_FAILURES_PER_ADDRESS: limit(
    'failures per 15 minutes',
    100,
    'How many links that are not valid may be tried from one IP address.',
  ),
  CHANGES_PER_USER: limit(
    'changes per hour',
    1_000,
    'How often one user may change something of their own account, whatever the sessions.',
  ),
  CHANGES_PER_ADMINISTRATOR: limit(
    'changes per hour',
    10_000,
    'How many requests that change something, exports included, one administrator may send.',
  ),
  EXPORTS_PER_USER: limit(
    'exports per hour',
    10,
    'How often one user may export what is held about them, whatever the sessions.',
  ),
  KNOWN_ADDRESS_RETENTION: {
    type: 'integer',
    default: 90 * 86_400,
    minimum: 0,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description:
      'How long an IP address that signed in to an account counts as known to it, and is kept.',
  },
} as const;

/** A setting that says how many are allowed. */
export type LimitName = {
  [Name in keyof typeof rateLimitSettings]: (typeof rateLimitSettings)[Name] extends {
    unit: LimitUnit;
  }
    ? Name
    : never;
}[keyof typeof rateLimitSettings];
