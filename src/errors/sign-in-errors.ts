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
    text: 'This link is not valid, or not any more.',
    meaning:
      'The token of the link is unknown, was used, or has expired, or what it was for has changed. ' +
      'Ask for a new one.',
  },
  invalid_code: {
    status: 400,
    title: 'The code is not right.',
    member: 'detail',
    text: 'This code is not right. Look at the newest mail.',
    meaning: '`tries_left` says how often another one may be sent. After that, begin anew.',
  },
  flow_expired: {
    status: 400,
    title: 'The code or link is good no longer.',
    member: 'detail',
    text: 'This code or link was used, has expired, or was tried too often. Ask for a new mail.',
    meaning:
      'A flow ends when it is used, after ten minutes, after five wrong codes, and where a newer one takes its place. ' +
      'Begin a new one.',
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
  reauthentication_required: {
    status: 403,
    title: 'The password has to be confirmed again.',
    member: 'detail',
    text: 'Confirm your password first.',
    meaning:
      'It takes recent authentication, and the password was checked longer ago than ' +
      'REAUTHENTICATION_AGE. Send the password to `/api/me/reauthenticate/` and repeat the request.',
  },
  no_admin_permission: {
    status: 403,
    title: 'The account may not administer anything.',
    member: 'detail',
    text: 'This account may not administer anything.',
    meaning:
      'The password is right, but the user has no permission of the server itself, so the admin ' +
      'site lets nobody in with it. Somebody who administers roles can assign one.',
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
  already_set_up: {
    status: 409,
    title: 'There is a superuser already.',
    member: 'detail',
    text: 'There is a superuser already. Sign in as one.',
    meaning: 'The link of the first administrator is good only while there is no superuser.',
  },
  password_already_set: {
    status: 409,
    title: 'The user has a password already.',
    member: 'detail',
    text: 'The user has a password already, so there is nothing to invite them to.',
    meaning: 'Invitations are for users without a password. Set another one instead.',
  },
} as const satisfies Record<string, ErrorDefinition>;
