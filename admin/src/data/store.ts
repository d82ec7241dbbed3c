import { memoryStore, type Store } from 'react-admin';
import { keep, readKept } from './kept.ts';

/** What is remembered from visit to visit. All else, what was searched for above all, is not. */
const remembered = new Set(['theme', 'locale']);
const prefix = 'RaStorelatchkey-admin.';

/** Tells those who listen; the values themselves are read where they are kept. */
const notices = memoryStore();
const forgotten = memoryStore();

/** A theme or a language that another tab has chosen holds here too. */
function handleStorage({ key }: StorageEvent): void {
  const name = key?.startsWith(prefix) ? key.slice(prefix.length) : '';
  if (remembered.has(name)) notices.setItem(name, readRemembered(name));
}

function readRemembered(name: string): unknown {
  try {
    return JSON.parse(readKept(prefix + name) ?? 'null') ?? undefined;
  } catch {
    return undefined; // not from us
  }
}

export const store: Store = {
  setup() {
    notices.setup();
    forgotten.setup();
    window.addEventListener('storage', handleStorage);
  },
  teardown() {
    window.removeEventListener('storage', handleStorage);
    notices.teardown();
    forgotten.teardown();
  },
  getItem(key, fallback) {
    if (!remembered.has(key)) return forgotten.getItem(key, fallback);
    return (readRemembered(key) as typeof fallback) ?? fallback;
  },
  setItem(key, value) {
    if (!remembered.has(key)) return forgotten.setItem(key, value);
    keep(prefix + key, value === undefined ? null : JSON.stringify(value));
    notices.setItem(key, value);
  },
  removeItem(key) {
    if (!remembered.has(key)) return forgotten.removeItem(key);
    keep(prefix + key, null);
    notices.removeItem(key);
  },
  removeItems: (start) => forgotten.removeItems(start),
  // At sign-out; the language and the theme belong to the browser, whichever user signs in next.
  reset: () => forgotten.reset(),
  subscribe: (key, callback) =>
    (remembered.has(key) ? notices : forgotten).subscribe(key, callback),
};
