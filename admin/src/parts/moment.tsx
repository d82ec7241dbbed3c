import { useLanguage, useSay } from '../i18n/i18n.ts';

interface MomentProps {
  /** ISO. */
  readonly at: string | null | undefined;
  /** With seconds, where their order matters. */
  readonly isExact?: boolean;
  /** The day alone, where the hour tells nothing. */
  readonly isDay?: boolean;
}

/** A time in the reader's own way and zone; in UTC where one points at it. */
export function Moment({ at, isExact = false, isDay = false }: MomentProps) {
  const language = useLanguage();
  const say = useSay();
  if (!at) return say('site.never');
  return (
    <time
      dateTime={at}
      title={say('site.utc', { time: utcText(at) })}
      style={{ whiteSpace: 'nowrap' }}
    >
      {momentText(at, language, isDay ? 'day' : isExact ? 'second' : 'minute')}
    </time>
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

type Precision = 'day' | 'minute' | 'second';

function momentText(at: string, language: string, precision: Precision): string {
  const key = `${language} ${precision}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(language, {
      dateStyle: 'medium',
      ...(precision !== 'day' && { timeStyle: precision === 'second' ? 'medium' : 'short' }),
    });
    formats.set(key, format);
  }
  return format.format(new Date(at));
}

function utcText(at: string): string {
  return new Date(at).toISOString().replace('T', ' ').slice(0, 19);
}

/** How long ago, in words: `3 minutes ago`. */
export function Ago({ at }: { at: string }) {
  const language = useLanguage();
  const say = useSay();
  return (
    <time
      dateTime={at}
      title={say('site.utc', { time: utcText(at) })}
      style={{ whiteSpace: 'nowrap' }}
    >
      {agoText(Date.parse(at) - Date.now(), language)}
    </time>
  );
}

const steps = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Number.POSITIVE_INFINITY],
] as const;

function agoText(differenceMs: number, language: string): string {
  let amount = differenceMs / 1000;
  for (const [unit, size] of steps) {
    if (Math.abs(amount) < size) {
      return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
        Math.round(amount),
        unit,
      );
    }
    amount /= size;
  }
  return '';
}
