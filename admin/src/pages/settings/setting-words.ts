import type { Setting, SettingValue } from '../../api/types.ts';
import { useLanguage, useSay, useSayIfKnown } from '../../i18n/i18n.ts';

/** Values and names of settings, in words. */

export const timeUnits = [
  { name: 'days', seconds: 86_400 },
  { name: 'hours', seconds: 3_600 },
  { name: 'minutes', seconds: 60 },
  { name: 'seconds', seconds: 1 },
] as const;
export type TimeUnit = (typeof timeUnits)[number];

/** The largest unit in which a number of seconds is whole. */
export function wholeUnit(seconds: number): TimeUnit {
  const last = timeUnits[3];
  if (seconds === 0) return last;
  return timeUnits.find((unit) => seconds % unit.seconds === 0) ?? last;
}

type Described = Pick<Setting, 'name' | 'type' | 'unit'>;

/** Whether 0 stands for any number, or for any time. */
function isUnlimited({ name, unit }: Described, value: number): boolean {
  return value === 0 && (unit !== 'seconds' || name === 'SESSION_MAX_AGE');
}

/** A value as one would say it: `30 days`, `On`, `10 failures in 15 minutes`, `No limit`. */
export function useValueWords(): (setting: Described, value: SettingValue) => string {
  const say = useSay();
  const sayIfKnown = useSayIfKnown();
  const language = useLanguage();

  function inTime(seconds: number): string {
    if (seconds === 0) return say('units.seconds', { smart_count: 0 });
    const parts: string[] = [];
    let rest = seconds;
    for (const unit of timeUnits) {
      const count = Math.floor(rest / unit.seconds);
      rest -= count * unit.seconds;
      if (count > 0) parts.push(say(`units.${unit.name}`, { smart_count: count }));
    }
    return parts.join(' ');
  }

  return (setting, value) => {
    const { name, type, unit } = setting;
    if (type === 'boolean') return say(value ? 'settings.on' : 'settings.off');
    if (value === '') {
      return sayIfKnown(`settings.blank_${name.toLowerCase()}`) ?? say('settings.blank');
    }
    if (String(value).startsWith('data:image/')) {
      return say('settings.picture', { size: Math.ceil((String(value).length * 3) / 4096) });
    }
    if (type === 'choice' || typeof value !== 'number') return String(value);
    if (isUnlimited(setting, value)) return say('settings.no_limit');
    if (unit === 'seconds') return inTime(value);
    const number = new Intl.NumberFormat(language).format(value);
    if (!unit) return number;
    const count = { smart_count: value };
    return `${number} ${sayIfKnown(`unit_names.${unit.replaceAll(/[ -]/g, '_')}`, count) ?? unit}`;
  };
}

/** What a setting is for: in the reader's language where there is a text, else the server's own. */
export function useDescription(): (setting: Setting) => { text: string; isForeign: boolean } {
  const sayIfKnown = useSayIfKnown();
  const language = useLanguage();
  return ({ name, description }) => {
    const own = sayIfKnown(`setting_texts.${name}`);
    return { text: own ?? description, isForeign: !own && !language.startsWith('en') };
  };
}
