import { useCallback, useEffect, useId, useState, useSyncExternalStore } from 'react';

/** Which forms hold what was typed and not saved: nobody is to lose that by a click. */

const unsaved = new Set<string>();
const listeners = new Set<() => void>();

function change(id: string, isUnsaved: boolean): void {
  if (isUnsaved) unsaved.add(id);
  else unsaved.delete(id);
  for (const listener of listeners) listener();
}

export const isAnyUnsaved = (): boolean => unsaved.size > 0;

const useAnyUnsaved = (): boolean =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isAnyUnsaved);

/**
 * Asks before a reload, or the end of the tab, takes what was typed with it.
 *
 * @param isShown false while the forms wait out of sight, where they cannot say what they hold
 */
export function useAskBeforeUnload(isShown: boolean): void {
  const isUnsaved = useAnyUnsaved();
  const [mayLose, setMayLose] = useState(isUnsaved);
  if (isShown && mayLose !== isUnsaved) setMayLose(isUnsaved);
  useEffect(() => {
    if (!mayLose) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault(); // the browser has its own words
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [mayLose]);
}

/**
 * Says of a form whether it holds something unsaved.
 *
 * @returns to be called once it is saved, before the page is left
 */
export function useUnsaved(isUnsaved: boolean): () => void {
  const id = useId();
  useEffect(() => {
    change(id, isUnsaved);
    return () => change(id, false);
  }, [id, isUnsaved]);
  return useCallback(() => change(id, false), [id]);
}
