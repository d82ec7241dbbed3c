import { accountSettings } from './account-settings.ts';
import { parseValue, type SettingValue, type TypedSetting, usableOf } from './definitions.ts';
import { noticeSettings } from './notice-settings.ts';
import { rateLimitSettings } from './rate-limits.ts';
import { siteSettings } from './site-settings.ts';

export { SettingValueError } from './definitions.ts';
export type { SettingValue };

/**
 * Every live setting: its type, default, bounds and one sentence. Validation, the environment names
 * (`LATCHKEY_<NAME>`), the CLI, the admin form and the reference page are all made from this.
 */

/** What settings are about, in the order in which they are listed. */
export const settingGroups = {
  tokens: 'Tokens and keys',
  sessions: 'Sessions',
  'sign-in': 'Sign-in',
  accounts: 'Accounts',
  passwords: 'Passwords',
  mail: 'Mail',
  limits: 'Limits',
  'account-site': 'Account site',
  administration: 'Administration',
  audit: 'Audit log',
  server: 'Server',
} as const;

export type SettingGroup = keyof typeof settingGroups;

export interface AboutSetting {
  readonly group: SettingGroup;
  readonly description: string;
}

export type SettingDefinition = TypedSetting & AboutSetting;

export const registry = {
  ACCESS_TOKEN_LIFETIME: {
    group: 'tokens',
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 7 * 86_400,
    unit: 'seconds',
    description: 'How long an access token is valid. A refresh returns the next one.',
  },
  ACCESS_TOKEN_ALGORITHM: {
    group: 'tokens',
    type: 'choice',
    default: 'HS256',
    choices: ['HS256', 'ES256', 'EdDSA'],
    description:
      'How access tokens are signed: with the secret (HS256), or with keys whose public halves are ' +
      'at `/.well-known/jwks.json` (ES256, EdDSA), so that others can verify but not sign.',
  },
  ACCESS_TOKEN_PERMISSIONS: {
    group: 'tokens',
    type: 'boolean',
    default: false,
    description:
      'Whether access tokens say what their user may do (`roles`, `permissions`), for applications ' +
      'that read them. If this is more than 4 KB, tokens say only that it was left out.',
  },
  SIGNING_KEY_ROTATION: {
    group: 'tokens',
    type: 'integer',
    default: 30 * 86_400,
    minimum: 3_600,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description: 'How long a key of ES256 or EdDSA signs before the next one does.',
  },
  REFRESH_TOKEN_LIFETIME: {
    group: 'sessions',
    type: 'integer',
    default: 30 * 86_400,
    minimum: 1,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description: 'How long a session lives without a refresh. Each refresh starts the time again.',
  },
  REFRESH_GRACE_PERIOD: {
    group: 'sessions',
    type: 'integer',
    default: 10,
    minimum: 0,
    maximum: 300,
    unit: 'seconds',
    description:
      'How long the refresh token used last may come back (a retry, a second tab) without ending ' +
      'its session. 0: every reuse counts as theft.',
  },
  REFRESH_GRACE_MODE: {
    group: 'sessions',
    type: 'choice',
    default: 'keyed',
    choices: ['keyed', 'open'],
    description:
      'Which requests get the same new tokens again within REFRESH_GRACE_PERIOD: `keyed`, those that ' +
      'repeat the Idempotency-Key header of the first one; `open`, also those without it, if the first had none.',
  },
  SESSION_MAX_AGE: {
    group: 'sessions',
    type: 'integer',
    default: 0,
    minimum: 0,
    zero: 'no limit',
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description: 'How long a session lives at most, with any number of refreshes. 0: no limit.',
  },
  MAX_SESSIONS_PER_USER: {
    group: 'sessions',
    type: 'integer',
    default: 100,
    minimum: 0,
    zero: 'no limit',
    maximum: 10_000,
    unit: 'sessions',
    description:
      'How many sessions a user can have. A sign-in beyond that ends the oldest. 0: no limit.',
  },
  IMPERSONATION_LIFETIME: {
    group: 'administration',
    type: 'integer',
    default: 900,
    minimum: 60,
    maximum: 86_400,
    unit: 'seconds',
    description:
      'How long an administrator may act in the name of a user. A refresh does not extend it.',
  },
  ENDED_SESSION_RETENTION: {
    group: 'sessions',
    type: 'integer',
    default: 7 * 86_400,
    minimum: 0,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description:
      'How long an ended or expired session is kept, so that its client is told why it ended.',
  },
  MAINTENANCE_MODE: {
    group: 'server',
    type: 'boolean',
    default: false,
    description:
      'Whether every request that changes data is refused (503 `maintenance`). Requests that only read are ' +
      'answered. Use it for a move. Switch it off at the command line, because nobody can sign in.',
  },
  FACTOR_RESET_DELAY: {
    group: 'administration',
    type: 'integer',
    default: 86_400,
    minimum: 0,
    zero: 'at once',
    maximum: 30 * 86_400,
    unit: 'seconds',
    description:
      'How long it takes until the factors of a user are reset after an administrator has asked for it. Until then the user ' +
      'can cancel it, by a mail. 0: they are reset at once.',
  },
  INVITATION_LIFETIME: {
    group: 'administration',
    type: 'integer',
    default: 3 * 86_400,
    minimum: 60,
    maximum: 30 * 86_400,
    unit: 'seconds',
    description: 'How long the link of an invitation is valid.',
  },
  REAUTHENTICATION_AGE: {
    group: 'sign-in',
    type: 'integer',
    default: 900,
    minimum: 30,
    maximum: 30 * 86_400,
    unit: 'seconds',
    description:
      'How long recent authentication lasts. After that, requests that need it ask for the password again; users who have ' +
      'a second factor are asked for a code or a passkey.',
  },
  MAIL_SIGN_IN: {
    group: 'sign-in',
    type: 'boolean',
    default: false,
    description:
      'Whether users can sign in with a mailed code instead of the password. Anyone who reads the mail of a user can then ' +
      'sign in as that user. The user does not notice it by a changed password, as after a reset.',
  },
  SECOND_FACTOR_POLICY: {
    group: 'sign-in',
    type: 'choice',
    default: 'optional',
    choices: ['off', 'optional', 'required'],
    description:
      'Which users have a second factor. `optional`: those who add one, and those of a role that requires it. `required`: ' +
      'all. `off`: nobody can add one, and what roles require has no effect. Existing factors are always asked for.',
  },
  SECOND_FACTOR_GRACE_PERIOD: {
    group: 'sign-in',
    type: 'integer',
    default: 7 * 86_400,
    minimum: 0,
    zero: 'none',
    maximum: 365 * 86_400,
    unit: 'seconds',
    description:
      'How much time a user who must have a second factor has to add one, from the first sign-in or refresh on which it is ' +
      'required. Each user gets this time once. After it a sign-in leads only to adding one.',
  },
  TRUSTED_DEVICE_LIFETIME: {
    group: 'sign-in',
    type: 'integer',
    default: 30 * 86_400,
    minimum: 0,
    zero: 'off',
    maximum: 30 * 86_400,
    unit: 'seconds',
    description:
      'How long a device is remembered if its user does not want to be asked for the second factor at each sign-in. 0: no ' +
      'device is remembered.',
  },
  MAIL_RETENTION: {
    group: 'administration',
    type: 'integer',
    default: 7 * 86_400,
    minimum: 0,
    maximum: 365 * 86_400,
    unit: 'seconds',
    description:
      'How long a finished mail is listed in the outbox. Its content is wiped as soon as it is sent.',
  },
  AUDIT_RETENTION: {
    group: 'audit',
    type: 'integer',
    default: 365 * 86_400,
    minimum: 7 * 86_400,
    maximum: 36_500 * 86_400,
    unit: 'seconds',
    description: 'How long audit events are kept.',
  },
  PASSWORD_MIN_LENGTH: {
    group: 'passwords',
    type: 'integer',
    default: 8,
    minimum: 1,
    maximum: 64,
    unit: 'characters',
    description: 'The minimum length of a new password. Existing passwords stay valid.',
  },
  PASSWORD_BLOCKLIST_CHECK: {
    group: 'passwords',
    type: 'boolean',
    default: true,
    description: 'Whether a new password is refused if it is on the list of common passwords.',
  },
  PASSWORD_SIMILARITY_CHECK: {
    group: 'passwords',
    type: 'boolean',
    default: true,
    description: 'Whether a new password is refused if it is similar to the email or the username.',
  },
  PASSWORD_BREACH_CHECK: {
    group: 'passwords',
    type: 'boolean',
    default: false,
    description:
      'Whether a new password is looked up among those of known breaches, at ' +
      '`LATCHKEY_BREACH_RANGE_URL`. Five digits of a hash are sent there, never the password. Without ' +
      'an answer within a second, the password is accepted.',
  },
  PASSWORD_HASH_MEMORY: {
    group: 'passwords',
    type: 'integer',
    default: 19_456,
    minimum: 19_456,
    maximum: 262_144,
    unit: 'KiB',
    description:
      'The memory of one Argon2id hash. As many are made at once as there are cores. Older hashes ' +
      'are replaced when their users sign in.',
  },
  PASSWORD_HASH_PASSES: {
    group: 'passwords',
    type: 'integer',
    default: 2,
    minimum: 2,
    maximum: 8,
    unit: 'passes',
    description: 'How many passes Argon2id makes over its memory.',
  },
  PASSWORD_HASH_LANES: {
    group: 'passwords',
    type: 'integer',
    default: 1,
    minimum: 1,
    maximum: 8,
    unit: 'lanes',
    description: 'Into how many lanes Argon2id divides its memory. One thread computes them all.',
  },
  ...siteSettings,
  ...accountSettings,
  ...noticeSettings,
  ...rateLimitSettings,
} as const satisfies Record<string, SettingDefinition>;

export type SettingName = keyof typeof registry;

type ValueOf<Definition> = Definition extends { choices: readonly (infer Choice)[] }
  ? Choice
  : Definition extends { type: 'boolean' }
    ? boolean
    : Definition extends { type: 'text' }
      ? string
      : number;

/** What each setting's value is: a number, a boolean, a text, or one of its choices. */
export type SettingValues = {
  readonly [Name in SettingName]: ValueOf<(typeof registry)[Name]>;
};

/** A setting's entry, whatever its name. */
export function settingDefinition(name: SettingName): SettingDefinition {
  return registry[name];
}

const groupNames = Object.keys(settingGroups);

/** Every setting, by group. */
export const settingNames = (Object.keys(registry) as SettingName[]).toSorted(
  (a, b) => groupNames.indexOf(registry[a].group) - groupNames.indexOf(registry[b].group),
);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(registry, name);
}

/**
 * Reads the value of a setting from its text, as the environment and the CLI have it.
 *
 * @throws SettingValueError if it does not have the setting's type or is out of its bounds
 */
export function parseSetting<Name extends SettingName>(
  name: Name,
  text: string,
): SettingValues[Name] {
  const definition = settingDefinition(name);
  return parseValue(name, definition, text.trim()) as SettingValues[Name];
}

/**
 * A stored value as this release can use it. A newer release, or wider bounds, may have written
 * what this one does not allow: an integer is brought within its bounds, the rest is the default.
 */
export function usableValue<Name extends SettingName>(
  name: Name,
  stored: unknown,
): SettingValues[Name] {
  return usableOf(settingDefinition(name), stored) as SettingValues[Name];
}
