/**
 * Why a session ended. Stored with it, and told to its client as the `code` of the refusal: of an
 * access token (401, like `invalid_token`) and of a refresh token (400, like `invalid_refresh_token`).
 */
export const endCauseTable = {
  logged_out: {
    title: 'The session was logged out.',
    meaning: 'The user logged out. Sign in again.',
  },
  session_expired: {
    title: 'The session has expired.',
    meaning: 'It was not refreshed in time, or reached SESSION_MAX_AGE. Sign in again.',
  },
  refresh_token_reused: {
    title: 'A used refresh token was sent again; the session has ended.',
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
    title: 'The impersonation has ended.',
    meaning: 'The administrator ended it, or lost the permission for it.',
  },
  session_limit_reached: {
    title: 'The session was replaced by a newer one.',
    meaning: 'The user signed in more often than MAX_SESSIONS_PER_USER; the oldest ended.',
  },
  password_changed: {
    title: 'The password was changed; the session has ended.',
    meaning: 'Changing a password ends the sessions that were signed in with the old one.',
  },
  password_reset: {
    title: 'The password was reset; the session has ended.',
    meaning: 'Somebody who reads the mail of the account has set a new password. Sign in with it.',
  },
  email_proven: {
    title: 'The owner of the email proved it; the session has ended.',
    meaning:
      'Somebody who reads the mail of the account proved the email for the first time, so what was there before ended: ' +
      'the account may have been registered by somebody else. Sign in by mail, or reset the password.',
  },
  email_restored: {
    title: 'A change of the email was undone; the session has ended.',
    meaning:
      'Somebody who reads the mail of an earlier email of the account undid a change of it. Reset the password to sign in.',
  },
  reported_by_user: {
    title: 'The user reported that this was not them; the session has ended.',
    meaning:
      'The user said so with the link of a security notice. Every session ended, and the password does not work any ' +
      'more. Reset it.',
  },
  factors_reset: {
    title: 'The factors of the user were reset; the session has ended.',
    meaning:
      'An administrator reset them, because they were lost. Sign in again, and add a new one.',
  },
  second_factor_due: {
    title: 'A second factor is required now; the session has ended.',
    meaning:
      'The user must sign in with a second factor, and the time for adding one is over. Sign in again to add one.',
  },
  user_deactivated: {
    title: 'The user was deactivated; the session has ended.',
    meaning: 'An operator deactivated the account.',
  },
  database_restored: {
    title: 'The database was restored from a backup; the session has ended.',
    meaning:
      'The session was used after the backup was made, so its state is unknown. Sign in again.',
  },
} as const satisfies Record<string, { title: string; meaning: string }>;

export type EndCause = keyof typeof endCauseTable;
