/** The settings of the notices by which users are told what happens to their account. */

const notice = (description: string) =>
  ({ group: 'mail', type: 'boolean', default: true, description }) as const;

export const noticeSettings = {
  NOTICE_PASSWORD: notice('Whether users are told by mail that their password was changed.'),
  NOTICE_RECOVERY: notice(
    'Whether users are told by mail that a mailed code was used: to reset the password, or to sign in instead of ' +
      'with the password (at most once a day).',
  ),
  NOTICE_NEW_DEVICE: notice(
    'Whether users are told by mail of a sign-in on a new device in a new network, except the first sign-in, and at ' +
      'most once a day.',
  ),
  NOTICE_ADMINISTRATOR: notice(
    'Whether users are told by mail what an administrator does with their account: sets the password or the email, ' +
      'deactivates it, resets its factors or cancels that, or begins to act in their name.',
  ),
  NOTICE_FACTOR: notice(
    'Whether users are told by mail that an authenticator app or a passkey was added to their account or removed, that a ' +
      'recovery code was used, that there are new ones, and that factors were removed by the first proof of the email.',
  ),
  NOTICE_ACCOUNT_DELETED: notice('Whether users are told by mail that their account was deleted.'),
} as const;
