import { countOfUnits, durationInWords } from '../lib/words.ts';
import type { SettingDefinition, SettingValue } from './registry.ts';
import type { TextSetting } from './text-settings.ts';

/** A value of a setting in words: `30 days`, `100 sessions`, `true`. */
export function valueText(definition: SettingDefinition, value: SettingValue): string {
  if (definition.type === 'text') return textInWords(definition, String(value));
  if (definition.type !== 'integer' || typeof value !== 'number') return String(value);
  return definition.unit === 'seconds'
    ? durationInWords(value)
    : countOfUnits(value, definition.unit);
}

/** A picture by what it is: nobody reads its bytes. */
function textInWords({ format, blank }: TextSetting, text: string): string {
  if (text === '') return blank;
  if (format !== 'image') return text;
  const [, type = '', base64 = ''] = /^data:([^;]*);base64,(.*)$/.exec(text) ?? [];
  return `${type}, ${Buffer.byteLength(base64, 'base64')} bytes`;
}
