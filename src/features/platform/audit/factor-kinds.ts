import { boolean, integer, type Kind, maybe, text } from './audit-fields.ts';

const factorKind = text('of which kind: `totp` (an authenticator app) or `passkey`');

/** What the audit log records of second factors. */
export const factorKinds = {
  'factor.added': {
    description: 'A user added a factor to their account.',
    details: { factor: factorKind, factor_id: integer('which') },
  },
  'factor.removed': {
    description: 'A user removed a factor from their account.',
    details: { factor: factorKind, factor_id: integer('which') },
  },
  'factor.renamed': {
    description: 'A user gave a factor another name.',
    details: { factor: factorKind, factor_id: integer('which') },
  },
  'factors.dropped': {
    description:
      'Factors were removed because somebody else may have added them: the user reported a notice, or their email was ' +
      'proven for the first time. Or a second import removed authenticator apps that the file does not have any more.',
    details: {
      authenticator_apps: integer('how many authenticator apps'),
      passkeys: integer('how many passkeys'),
    },
  },
  'recovery_codes.created': {
    description: 'New recovery codes were made; the earlier ones are not valid any more.',
    details: {},
  },
  'recovery_code.used': {
    description: 'A recovery code was used in place of a factor.',
    details: { codes_left: integer('how many are left') },
  },
  'passkey.counter_regressed': {
    description:
      'A passkey counted fewer uses than before, so it may have been copied (WebAuthn Level 3, 6.1.1). It was refused, unless ' +
      'it is one that its provider copies anyway.',
    details: {
      passkey_id: integer('which'),
      known: integer('how many uses it had counted'),
      counter: integer('how many it counted now'),
      is_refused: boolean('whether it was refused'),
    },
  },
  'device.remembered': {
    description: 'A device was remembered: the user is not asked for the second factor on it.',
    details: {
      device: maybe(text('the device in plain words')),
      until: text('until when, as a date and time'),
    },
  },
  'device.forgotten': {
    description: 'Remembered devices of a user were forgotten.',
    details: { count: integer('how many there were') },
  },
  'factors.reset': {
    description:
      'The factors of a user were reset, because they had lost them: their sessions ended, and recovery codes and remembered ' +
      'devices are gone.',
    details: {
      reason: text('the reason that the administrator gave'),
      authenticator_apps: integer('how many authenticator apps'),
      passkeys: integer('how many passkeys'),
    },
  },
  'factors.reset_requested': {
    description: 'An administrator asked for a reset of the factors of a user, which waits.',
    details: {
      reason: text('the reason that the administrator gave'),
      due_at: text('when it is done unless it is cancelled, as a date and time'),
    },
  },
  'factors.reset_cancelled': {
    description:
      'A reset of factors that waited was cancelled, by the user or by an administrator; or because the user showed that ' +
      'their factors are not lost.',
    details: {
      why: maybe(text('what the user did: `factor_used` or `factor_added`')),
    },
  },
} as const satisfies Readonly<Record<string, Kind>>;
