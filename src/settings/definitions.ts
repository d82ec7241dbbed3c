import { InputError } from '../lib/operator-error.ts';
import type { LimitUnit } from './rate-limits.ts';
import { readText, TextProblem, type TextSetting } from './text-settings.ts';

/** The types of settings, and how their values are read. */

export const settingTypes = ['integer', 'choice', 'boolean', 'text'] as const;

export interface IntegerSetting {
  readonly type: 'integer';
  readonly default: number;
  readonly minimum: number;
  readonly maximum: number;
  /** What 0 means, where that is not a quantity. */
  readonly zero?: string;
  readonly unit: 'seconds' | 'sessions' | 'characters' | 'KiB' | 'passes' | 'lanes' | LimitUnit;
}

export interface ChoiceSetting {
  readonly type: 'choice';
  readonly default: string;
  readonly choices: readonly string[];
}

export interface BooleanSetting {
  readonly type: 'boolean';
  readonly default: boolean;
}

/** What a setting can be, whatever it is about. */
export type TypedSetting = IntegerSetting | ChoiceSetting | BooleanSetting | TextSetting;

export type SettingValue = number | boolean | string;

/** A value that a setting cannot take, in words that say what it can. */
export class SettingValueError extends InputError {
  override readonly name = 'SettingValueError';
}

/**
 * Reads a value from its text.
 *
 * @throws SettingValueError
 */
export function parseValue(name: string, definition: TypedSetting, text: string): SettingValue {
  switch (definition.type) {
    case 'integer':
      return parseInteger(name, definition, text);
    case 'choice':
      return parseChoice(name, definition, text);
    case 'boolean':
      return parseBoolean(name, text);
    case 'text':
      return parseText(name, definition, text);
  }
}

function parseText(name: string, definition: TextSetting, text: string): string {
  try {
    return readText(definition, text);
  } catch (error) {
    if (error instanceof TextProblem) throw new SettingValueError(`${name} ${error.message}.`);
    throw error;
  }
}

function parseBoolean(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true';
  throw new SettingValueError(`${name} is true or false, not "${text}".`);
}

function parseChoice(name: string, { choices }: ChoiceSetting, text: string): string {
  if (choices.includes(text)) return text;
  throw new SettingValueError(`${name} is one of ${choices.join(', ')}, not "${text}".`);
}

function parseInteger(
  name: string,
  { minimum, maximum, unit }: IntegerSetting,
  text: string,
): number {
  const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) {
    throw new SettingValueError(`${name} takes a whole number of ${unit}, not "${text}".`);
  }
  if (value < minimum || value > maximum) {
    throw new SettingValueError(`${name} is from ${minimum} to ${maximum} ${unit}, not ${value}.`);
  }
  return value;
}

/** A stored value as this release can use it; see `usableValue` of the registry. */
export function usableOf(definition: TypedSetting, stored: unknown): SettingValue {
  switch (definition.type) {
    case 'integer':
      return usableInteger(definition, stored);
    case 'choice':
      return usableChoice(definition, stored);
    case 'boolean':
      return typeof stored === 'boolean' ? stored : definition.default;
    case 'text':
      return usableText(definition, stored);
  }
}

function usableText(definition: TextSetting, stored: unknown): string {
  try {
    return typeof stored === 'string' ? readText(definition, stored) : definition.default;
  } catch {
    return definition.default;
  }
}

function usableChoice({ choices, default: fallback }: ChoiceSetting, stored: unknown): string {
  return choices.find((choice) => choice === stored) ?? fallback;
}

function usableInteger(definition: IntegerSetting, stored: unknown): number {
  if (typeof stored !== 'number' || !Number.isInteger(stored)) return definition.default;
  return Math.min(Math.max(stored, definition.minimum), definition.maximum);
}
