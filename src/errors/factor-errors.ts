import type { ErrorDefinition } from './definition.ts';

/** The errors of factors that users add to their account and remove. */
export const factorErrors = {
  too_many_factors: {
    status: 409,
    title: 'The account has as many factors as it can have.',
    member: 'detail',
    text: 'You have as many authenticator apps as an account can have. Remove one first.',
    meaning:
      'An account has at most five authenticator apps, and twenty passkeys. Remove one first.',
  },
  factor_required: {
    status: 409,
    title: 'The account needs this factor.',
    member: 'detail',
    text: 'Your account needs this factor. Add another one first.',
    meaning:
      '`SECOND_FACTOR_POLICY` or a role of the user asks for a factor, and this is the last one that is good enough: add ' +
      'another one first. Or the user has no password, and no mail reaches them: set a password first.',
  },
  no_factor: {
    status: 409,
    title: 'The account has no factor.',
    member: 'detail',
    text: 'The account has no authenticator app and no passkey.',
    meaning:
      'Recovery codes stand in for a factor, and the user has none: add an authenticator app or a passkey first. When an ' +
      'administrator resets the factors of a user: there is nothing to reset.',
  },
  passkey_upgrade_not_due: {
    status: 409,
    title: 'A passkey cannot be made without asking now.',
    member: 'detail',
    text: 'You have a passkey, or were offered one within the last month.',
    meaning:
      'A passkey that the browser makes without asking is offered once a month, and only to users without one. Do not ' +
      'show this error to the user.',
  },
} as const satisfies Record<string, ErrorDefinition>;
