import type { ErrorDefinition } from './definition.ts';

/** The errors of credentials, tokens and links. */
export const signInErrors = {
  invalid_refresh_token: {
    status: 400,
    title: 'The refresh token is not valid.',
    member: 'error',
    text: 'Invalid refresh token',
    meaning: 'Missing, malformed, unknown or used. Sign in again.',
  },
  invalid_link_token: {
    status: 400,
    title: 'The link is not valid.',
    member: 'detail',
    text: 'This link is not valid or has expired.',
    meaning:
      'The link token is unknown, used or expired, or the account has changed since. Ask for a new ' +
      'link.',
  },
  invalid_code: {
    status: 400,
    title: 'The code is not right.',
    member: 'detail',
    text: 'This code is not right. Look at the newest mail.',
    meaning: '`tries_left` says how often another one may be sent. After that, start again.',
  },
  invalid_passkey: {
    status: 400,
    title: 'The passkey is not accepted.',
    member: 'detail',
    text: 'The answer of the authenticator cannot be read.',
    meaning:
      '`detail` says why, `reason` says it for programs. With `signal_unknown` the passkey is gone for good: a page may ' +
      'call `PublicKeyCredential.signalUnknownCredential()`, so that the device does not offer it any more.',
  },
  flow_expired: {
    status: 400,
    title: 'The code or link is not valid any more.',
    member: 'detail',
    text: 'This code or link was used, has expired, or was tried too often. Ask for a new mail.',
    meaning:
      'A flow ends when it is used, after ten minutes, after five wrong codes, and when a newer one replaces it. ' +
      'Begin a new one.',
  },
  invalid_credentials: {
    status: 401,
    title: 'The credentials are not valid.',
    member: 'error',
    text: 'Invalid credentials',
    meaning:
      'No active account has this email and password. For security the answer does not say which is wrong.',
  },
  second_factor_required: {
    status: 401,
    title: 'The second factor is missing.',
    member: 'error',
    text: 'Second factor required',
    meaning:
      'The first step of the sign-in was right, and the account has a second factor. Send `flow` and one of `methods` to ' +
      '`/api/login/second-factor/` within `expires_in` seconds. ' +
      'If `methods` is empty, the account has only passkeys of another domain; `error` says what the administrator has to do.',
  },
  second_factor_enrolment_required: {
    status: 401,
    title: 'A second factor has to be added first.',
    member: 'error',
    text: 'Second factor has to be added',
    meaning:
      'The sign-in was right, but the user must have a second factor, and the time for adding one is over. Add ' +
      'one of `methods` at `/api/login/enrolment/` with the `flow`, within `expires_in` seconds; that signs in. ' +
      'If `methods` is empty, a passkey is required and the server has none; `error` says what the administrator has to do.',
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
    meaning: 'Malformed, expired, or not signed by this server. Refresh and try again.',
  },
  user_inactive: {
    status: 401,
    title: 'The user is deactivated or deleted.',
    member: 'detail',
    text: 'User inactive or deleted.',
    meaning: 'The token is valid, but its user was deactivated or deleted.',
  },
  insufficient_user_authentication: {
    status: 401,
    title: 'A more recent or stronger authentication is required.',
    member: 'detail',
    text: 'Prove who you are again first.',
    meaning:
      'The request needs recent authentication (RFC 9470), and the user proved who they are longer than `max_age` seconds ' +
      'ago, or in none of the ways of `acr_values`. Prove it at `/api/me/reauthenticate/` and repeat the request. The ' +
      'access token is good: do not refresh it, and do not sign the user out.',
  },
  no_admin_permission: {
    status: 403,
    title: 'The account has no administrator permission.',
    member: 'detail',
    text: 'This account has no administrator permission.',
    meaning:
      'The password is correct, but the user has none of the built-in permissions, which the admin ' +
      'site needs. Ask an administrator to assign a role.',
  },
  csrf_refused: {
    status: 403,
    title: 'The request did not come from a page of this server.',
    member: 'detail',
    text: 'The request did not come from a page of this server.',
    meaning:
      'Only the pages of this server can use their sessions: the admin site with `X-Latchkey-Admin: 1`, and ' +
      'every page with `Sec-Fetch-Site` or `Origin` where the browser sends them. Reload the page. A ' +
      'proxy has to forward `Host`.',
  },
  mail_sign_in_off: {
    status: 403,
    title: 'Nobody can sign in by mail here.',
    member: 'detail',
    text: 'Nobody can sign in by mail here. Sign in with your password.',
    meaning: 'The operator has not switched `MAIL_SIGN_IN` on.',
  },
  email_not_verified: {
    status: 403,
    title: 'The email has to be proven first.',
    member: 'detail',
    text: 'Prove your email before you sign in. Ask for a mail at /api/email-verification/ with your email and password.',
    meaning:
      'The password is correct, but `REQUIRE_VERIFIED_EMAIL` is on, and the email was not proven in time. Send email and ' +
      'password to `/api/email-verification/`, and the code of the mail to `/api/email-verification/confirm/`.',
  },
  second_factors_off: {
    status: 403,
    title: 'Second factors are switched off.',
    member: 'detail',
    text: 'Nobody can add a second factor here.',
    meaning:
      'The operator has set `SECOND_FACTOR_POLICY` to `off`. Existing factors are still asked for.',
  },
  registration_closed: {
    status: 403,
    title: 'Nobody can register this way.',
    member: 'detail',
    text: 'Nobody can register here.',
    meaning:
      '`REGISTRATION_MODE` does not allow it; `registration_mode` has its value, and `detail` says what to do. With ' +
      '`verify_first` register at `/api/registrations/`, which begins with a mail to the email.',
  },
  already_set_up: {
    status: 409,
    title: 'There is a superuser already.',
    member: 'detail',
    text: 'There is a superuser already. Sign in as one.',
    meaning: 'The setup link works only while there is no superuser.',
  },
  email_already_verified: {
    status: 409,
    title: 'The email is proven already.',
    member: 'detail',
    text: 'The email is proven already.',
    meaning: 'There is nothing to prove. `email_verified` of the profile says so.',
  },
  password_already_set: {
    status: 409,
    title: 'The user has a password already.',
    member: 'detail',
    text: 'The user already has a password. An invitation is for users without one.',
    meaning: 'Invitations are for users without a password. Set a new password instead.',
  },
} as const satisfies Record<string, ErrorDefinition>;
