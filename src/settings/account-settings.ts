/** The settings of accounts and their emails: who may register, and how an email is proven. */
export const accountSettings = {
  REGISTRATION_MODE: {
    group: 'accounts',
    type: 'choice',
    default: 'open',
    choices: ['open', 'verify_first', 'invite', 'closed'],
    description:
      'How accounts are made. `open`: with an email and a password, at `/api/register/`. `verify_first`: only once ' +
      'the email is proven, at `/api/registrations/`. `invite`: by administrators, who invite. `closed`: nobody ' +
      'registers.',
  },
  REGISTRATION_MAIL: {
    group: 'accounts',
    type: 'boolean',
    default: true,
    description:
      'Whether a new account of `/api/register/` is sent a mail to prove its email, if the server sends mail.',
  },
  EMAIL_CHANGE_MODE: {
    group: 'accounts',
    type: 'choice',
    default: 'direct',
    choices: ['direct', 'confirm'],
    description:
      'What `PUT /api/me/` does with another email. `direct`: it changes at once, and the old email can undo it for seven ' +
      'days. `confirm`: it changes once the new one is proven by a mailed code. This is always so if REGISTRATION_MODE is ' +
      '`verify_first` or REQUIRE_VERIFIED_EMAIL is on.',
  },
  REQUIRE_VERIFIED_EMAIL: {
    group: 'accounts',
    type: 'boolean',
    default: false,
    description:
      'Whether sign-in is refused (403 `email_not_verified`) until the email is proven, once ' +
      'VERIFICATION_GRACE_PERIOD is over. It has no effect on a server that sends no mail.',
  },
  VERIFICATION_GRACE_PERIOD: {
    group: 'accounts',
    type: 'integer',
    default: 3 * 86_400,
    minimum: 0,
    zero: 'none',
    maximum: 365 * 86_400,
    unit: 'seconds',
    description:
      'How long a user can sign in with an email that is not proven, if REQUIRE_VERIFIED_EMAIL is on: from when the ' +
      'account got the email, and at least from when the setting was switched on. 0: not at all.',
  },
} as const;
