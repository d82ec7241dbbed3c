export const sign_in = {
  title: 'Sign in',
  lead: 'Administration of your users, sessions and settings.',
  email: 'Email',
  password: 'Password',
  show_password: 'Show the password',
  hide_password: 'Hide the password',
  submit: 'Sign in',
  passkey: 'Sign in with a passkey',
  second_title: 'One more step',
  second_lead: 'This account has a second factor.',
  remember: 'Do not ask for it on this device for %{time}',
  remember_hint: 'Only on a device that nobody else uses.',
  back: 'Start again',
  tries_left: 'You have %{smart_count} more try. |||| You have %{smart_count} more tries.',
  flow_expired: 'This sign-in took too long, or too many tries. Start again.',
  enrolment: 'This account must have a second factor.',
  to_enrolment: 'Set it up now',
  invalid: 'No active account has this email and password.',
  no_permission: 'This account has no administrator permission.',
  no_permission_hint: 'Ask somebody who administers roles to assign you one.',
  insecure:
    'This connection is not encrypted, so the browser keeps no session. Open the site over https, or as localhost.',
  ended: 'Your session has ended. Sign in again.',
  ended_session_expired: 'Your session has expired. Sign in again.',
  ended_refresh_token_reused:
    'Your session was ended, because an old token of it was used again: somebody may have copied it. Sign in again, and check your sessions.',
  ended_session_revoked: 'Your session was ended from another device.',
  ended_session_revoked_by_admin: 'Your session was ended by an administrator.',
  ended_session_limit_reached:
    'This session ended because you signed in on too many other devices.',
  ended_password_reset: 'Your password was reset. Sign in with the new one.',
  ended_email_proven:
    'Your email was proven for the first time, so all earlier sessions have ended. Reset your password.',
  ended_email_restored: 'A change of your email was undone. Reset your password to sign in.',
  ended_factors_reset: 'Your second factors were reset. Sign in again, and add a new one.',
  ended_second_factor_due: 'A second factor is required now. Sign in to add one.',
  ended_database_restored: 'The database was restored from a backup. Sign in again.',
  ended_reported_by_user:
    'You reported “this was not me”, so all sessions have ended. Reset your password.',
  ended_password_changed: 'Your password was changed. Sign in with the new one.',
  ended_user_deactivated: 'This account was deactivated.',
  ended_logged_out: 'You are signed out.',
  waits: 'After you sign in, you are back on the page on which %{email} was.',
  no_cookies:
    'This browser stores no cookies for this site. You would be signed out again at once. Allow cookies first.',
};

export const confirm = {
  title: 'Your password, please',
  title_factor: 'Is it you?',
  lead: 'This change needs a password that you have entered recently.',
  lead_factor: 'This change needs a second factor that you have used recently.',
  no_factor: 'None of your second factors works on this page.',
  password: 'Password',
  submit: 'Confirm',
  wrong: 'That is not your password.',
};
