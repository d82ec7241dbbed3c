/**
 * What the browser keeps for the site from visit to visit (`localStorage`). A browser may forbid that,
 * and a full one keeps nothing more: then this page remembers, as long as it is open.
 */

const unsaved = new Map<string, string | null>();

/** Undefined if the browser keeps nothing for this site: then even asking for it throws. */
function storage(): Storage | undefined {
  try {
    return window.localStorage ?? undefined;
  } catch {
    return undefined;
  }
}

/** @returns whether it is still there at the next visit */
function save(key: string, text: string | null): boolean {
  try {
    if (text === null) storage()?.removeItem(key);
    else storage()?.setItem(key, text);
    return storage() !== undefined;
  } catch {
    return false;
  }
}

export function readKept(key: string): string | null {
  const text = unsaved.get(key);
  return text === undefined ? (storage()?.getItem(key) ?? null) : text;
}

/** @param text null: it is not kept any more */
export function keep(key: string, text: string | null): void {
  if (save(key, text)) unsaved.delete(key);
  else unsaved.set(key, text);
}

const probe = 'latchkey-admin.probe';

/** Whether a missing text was never kept: if nothing can be kept, its absence says nothing. */
export function canKeep(): boolean {
  const isSaved = save(probe, 'x'.repeat(64));
  save(probe, null);
  return isSaved;
}
