/**
 * Every live setting: its type, default, bounds and one sentence. Validation, the environment names
 * (`LATCHKEY_<NAME>`), the CLI, the admin form and the reference page are all made from this.
 */

export interface IntegerSetting {
  readonly type: 'integer';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly unit: 'seconds';
  readonly description: string;
}

export const registry = {
  ACCESS_TOKEN_LIFETIME: {
    type: 'integer',
    default: 30,
    minimum: 1,
    maximum: 7 * 86_400,
    unit: 'seconds',
    description: 'How long an access token is good. Refreshing gives the next one.',
  },
  REFRESH_TOKEN_LIFETIME: {
    type: 'integer',
    default: 30 * 86_400,
    minimum: 1,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description: 'How long a session lives without being refreshed. Each refresh starts it anew.',
  },
  REFRESH_GRACE_PERIOD: {
    type: 'integer',
    default: 10,
    minimum: 0,
    maximum: 300,
    unit: 'seconds',
    description:
      'How long the refresh token used last may come back (a retry, a second tab) without ending ' +
      'its session. 0: every reuse counts as theft.',
  },
  ENDED_SESSION_RETENTION: {
    type: 'integer',
    default: 7 * 86_400,
    minimum: 0,
    maximum: 3_650 * 86_400,
    unit: 'seconds',
    description:
      'How long an ended or expired session is kept, so that it can be told why it ended.',
  },
} as const satisfies Record<string, IntegerSetting>;

export type SettingName = keyof typeof registry;
export type SettingValues = { readonly [Name in SettingName]: number };

export const settingNames = Object.keys(registry) as SettingName[];

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(registry, name);
}

/** A value that a setting cannot take, in words that say what it can. */
export class SettingValueError extends Error {
  override readonly name = 'SettingValueError';
}

/**
 * Reads the value of a setting from its text, as the environment and the CLI have it.
 *
 * @throws SettingValueError where it is not of the setting's type or not within its bounds
 */
export function parseSetting(name: SettingName, text: string): number {
  const { minimum, maximum, unit } = registry[name];
  const value = /^-?\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new SettingValueError(`${name} takes a whole number of ${unit}, not "${text}".`);
  }
  if (value < minimum || value > maximum) {
    throw new SettingValueError(`${name} is from ${minimum} to ${maximum} ${unit}, not ${value}.`);
  }
  return value;
}
