import { localStorageStore, memoryStore, type Store } from 'react-admin';

/** What is remembered from visit to visit. All else, what was searched for above all, is not. */
const remembered = new Set(['theme', 'locale']);

const kept = localStorageStore(undefined, 'latchkey-admin');
const forgotten = memoryStore();
const storeOf = (key: string) => (remembered.has(key) ? kept : forgotten);

export const store: Store = {
  setup() {
    kept.setup();
    forgotten.setup();
  },
  teardown() {
    kept.teardown();
    forgotten.teardown();
  },
  getItem: (key, fallback) => storeOf(key).getItem(key, fallback),
  setItem: (key, value) => storeOf(key).setItem(key, value),
  removeItem: (key) => storeOf(key).removeItem(key),
  removeItems: (prefix) => forgotten.removeItems(prefix),
  // At sign-out; the language and the theme are the reader's, whoever signs in next.
  reset: () => forgotten.reset(),
  subscribe: (key, callback) => storeOf(key).subscribe(key, callback),
};
