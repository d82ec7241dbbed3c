import Alert from '@mui/material/Alert';
import AlertTitle from '@mui/material/AlertTitle';
import { useSay } from '../i18n/i18n.ts';

type Value = string | boolean | readonly (string | number)[];

interface ChangedMeanwhileProps<Values> {
  /** As it was when the editing began; undefined: nobody else has changed it. */
  readonly seen: Values | undefined;
  readonly current: Values;
  readonly labels: { readonly [Name in keyof Values]: string };
  /** What an entry of a list, or a text, is called. */
  nameOf?(name: keyof Values, entry: string | number): string;
}

/** What somebody else has changed since a form was opened. The form shows it already, beside one's own. */
export function ChangedMeanwhile<Values extends { readonly [Name in keyof Values]: Value }>({
  seen,
  current,
  labels,
  nameOf = (_name, entry) => String(entry),
}: ChangedMeanwhileProps<Values>) {
  const say = useSay();
  if (!seen) return null;
  const names = Object.keys(labels) as (keyof Values)[];
  const lines = names.flatMap((name) => {
    const [before, now] = [seen[name], current[name]] as [Value, Value];
    if (Array.isArray(before) && Array.isArray(now)) {
      const added = now.filter((entry) => !before.includes(entry));
      const removed = before.filter((entry) => !now.includes(entry));
      return [
        ...added.map((entry) => `${labels[name]}: + ${nameOf(name, entry)}`),
        ...removed.map((entry) => `${labels[name]}: − ${nameOf(name, entry)}`),
      ];
    }
    if (before === now) return [];
    const words = (value: Value) =>
      typeof value === 'boolean'
        ? say(value ? 'site.yes' : 'site.no')
        : nameOf(name, String(value)) || '–';
    return [`${labels[name]}: ${words(before)} → ${words(now)}`];
  });
  return (
    <Alert severity="warning" sx={{ alignItems: 'flex-start' }}>
      <AlertTitle>{say('site.changed_meanwhile')}</AlertTitle>
      <ul style={{ margin: 0, paddingLeft: 20, overflowWrap: 'anywhere' }}>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {say('site.changed_meanwhile_hint')}
    </Alert>
  );
}
