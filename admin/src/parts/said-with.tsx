import type { ReactNode } from 'react';
import type { TextKey } from '../i18n/en.ts';
import { useSay } from '../i18n/i18n.ts';

/** Stands in no text of ours. */
const mark = '\u0000';

/** A text with an element in its middle, such as a time that tells its zone. */
export function SaidWith({ text, name, part }: { text: TextKey; name: string; part: ReactNode }) {
  const say = useSay();
  const [before, after] = say(text, { [name]: mark }).split(mark, 2);
  return (
    <>
      {before}
      {part}
      {after}
    </>
  );
}
