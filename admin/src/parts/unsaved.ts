import { useCallback, useEffect, useId, useSyncExternalStore } from 'react';

/** Which forms hold what was typed and not saved: nobody is to lose that by a click. */

const unsaved = new Set<string>();
const listeners = new Set<() => void>();

function change(id: string, isUnsaved: boolean): void {
  if (isUnsaved) unsaved.add(id);
  else unsaved.delete(id);
  for (const listener of listeners) listener();
}

export const isAnyUnsaved = (): boolean => unsaved.size > 0;

export const useAnyUnsaved = (): boolean =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, isAnyUnsaved);

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
