import { useState } from 'react';
import { useUnsaved } from './unsaved.ts';

/**
 * What somebody edits while others may edit it too. What they have not touched follows the server; of a
 * list (roles, permissions) each entry counts by itself, so that nothing comes back that another
 * administrator took away.
 */
export interface Edits<Values> {
  /** What the form shows. */
  readonly values: Values;
  /** What saving would change. */
  readonly changed: Partial<Values>;
  /** As it was when the editing began, where others have changed it since. */
  readonly seen: Values | undefined;
  set<Name extends keyof Values>(name: Name, value: Values[Name]): void;
  /** It is saved: the form follows the server again, and the page may be left. */
  finish(): void;
}

type Value = string | boolean | readonly (string | number)[];
type Editable<Values> = { readonly [Name in keyof Values]: Value };

interface Draft<Values> {
  /** As it was when the editing began. */
  readonly seen: Values;
  /** As it was when `mine` was written. */
  readonly base: Values;
  readonly mine: Values;
}

/** @param current what the server has */
export function useEdits<Values extends Editable<Values>>(current: Values): Edits<Values> {
  const [draft, setDraft] = useState<Draft<Values>>();
  const names = Object.keys(current) as (keyof Values)[];
  const values = draft ? merge(names, draft, current) : current;
  const changed = pick(names, values, (name) => !isSame(values[name], current[name]));
  const isDirty = Object.keys(changed).length > 0;
  const release = useUnsaved(isDirty);
  const isOvertaken =
    isDirty && draft && names.some((name) => !isSame(draft.seen[name], current[name]));
  return {
    values,
    changed,
    seen: isOvertaken ? draft.seen : undefined,
    set(name, value) {
      const seen = isDirty && draft ? draft.seen : current;
      setDraft({ seen, base: current, mine: { ...values, [name]: value } });
    },
    finish() {
      setDraft(undefined);
      release();
    },
  };
}

function merge<Values extends Editable<Values>>(
  names: readonly (keyof Values)[],
  { base, mine }: Draft<Values>,
  current: Values,
): Values {
  const merged = { ...current };
  for (const name of names) {
    merged[name] = mergeValue(base[name], mine[name], current[name]) as Values[typeof name];
  }
  return merged;
}

function mergeValue(base: Value, mine: Value, current: Value): Value {
  if (!Array.isArray(base) || !Array.isArray(mine) || !Array.isArray(current)) {
    return isSame(base, mine) ? current : mine;
  }
  const kept = current.filter((entry) => mine.includes(entry) || !base.includes(entry));
  return [...new Set([...kept, ...mine.filter((entry) => !base.includes(entry))])];
}

/** Lists are sets: their order says nothing. */
function isSame(one: Value, other: Value): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((entry) => other.includes(entry));
}

function pick<Values>(
  names: readonly (keyof Values)[],
  values: Values,
  isPicked: (name: keyof Values) => boolean,
): Partial<Values> {
  const picked: Partial<Values> = {};
  for (const name of names) if (isPicked(name)) picked[name] = values[name];
  return picked;
}
