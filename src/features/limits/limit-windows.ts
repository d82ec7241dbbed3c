/**
 * Every limit: the setting that says how many are allowed, and the window, in seconds, in which they
 * are counted. The reasons for each are in docs/decisions/rate-limits.md.
 */
export const limitWindows = {
  LOGIN_FAILURES_PER_ACCOUNT: 15 * 60,
  LOGIN_FAILURES_PER_DEVICE: 15 * 60,
  LOGIN_FAILURES_PER_ADDRESS: 15 * 60,
  REGISTRATIONS_PER_ACCOUNT: 60 * 60,
  REGISTRATIONS_PER_ADDRESS: 60 * 60,
  REFRESHES_PER_SESSION: 60,
  REFRESHES_PER_ADDRESS: 60,
  PASSWORD_CONFIRMATION_FAILURES_PER_SESSION: 15 * 60,
  PASSWORD_CONFIRMATION_FAILURES_PER_ADDRESS: 15 * 60,
} as const;

export type LimitName = keyof typeof limitWindows;
export const limitNames = Object.keys(limitWindows) as LimitName[];

/** What is counted: an address, an account, a session. */
export type LimitKey = string | number;
