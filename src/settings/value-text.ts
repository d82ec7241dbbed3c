import { countOfUnits, durationInWords } from '../lib/words.ts';
import type { SettingDefinition, SettingValue } from './registry.ts';

/** A value of a setting in words: `30 days`, `100 sessions`, `true`. */
export function valueText(definition: SettingDefinition, value: SettingValue): string {
  if (definition.type === 'text' && value === '') return definition.blank;
  if (definition.type !== 'integer' || typeof value !== 'number') return String(value);
  return definition.unit === 'seconds'
    ? durationInWords(value)
    : countOfUnits(value, definition.unit);
}
