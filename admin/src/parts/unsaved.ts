import { useCallback, useId, useLayoutEffect } from 'react';

/** Which forms hold what was typed and not saved: nobody is to lose that by a click. */

const unsaved = new Set<string>();
/** Whether there were any when the forms were put out of sight, where they cannot say so; undefined: they are in sight. */
let hidden: boolean | undefined;

export const isAnyUnsaved = (): boolean => hidden ?? unsaved.size > 0;

/** The browser has its own words for the question. */
const ask = (event: BeforeUnloadEvent) => event.preventDefault();

/** Asks before a reload, or the end of the tab, takes it along. */
function updateQuestion(): void {
  if (isAnyUnsaved()) window.addEventListener('beforeunload', ask);
  else window.removeEventListener('beforeunload', ask);
}

function change(id: string, isUnsaved: boolean): void {
  if (isUnsaved) unsaved.add(id);
  else unsaved.delete(id);
  updateQuestion();
}

/** Says that the forms are out of sight, as behind the sign-in, or back. */
export function hideForms(areHidden: boolean): void {
  hidden = areHidden ? isAnyUnsaved() : undefined;
  updateQuestion();
}

/**
 * Says of a form whether it holds something unsaved.
 *
 * @returns to be called once it is saved, before the page is left
 */
export function useUnsaved(isUnsaved: boolean): () => void {
  const id = useId();
  useLayoutEffect(() => {
    change(id, isUnsaved);
    return () => change(id, false);
  }, [id, isUnsaved]);
  return useCallback(() => change(id, false), [id]);
}
