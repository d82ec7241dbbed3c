import { DatabaseSync } from 'node:sqlite';

/** How much of it is in memory, whatever it holds; SQLite keeps the rest in a temporary file. */
const cacheKib = 16 * 1024;

/** A map of texts to integers or texts that may hold more than fits into memory. */
export interface ScratchMap<Value extends number | string> {
  get(key: string): Value | undefined;
  /** Adds a key; false if it is there already, and its value stays. */
  add(key: string, value: Value): boolean;
  /** Adds a key, or changes its value. */
  set(key: string, value: Value): void;
  delete(key: string): void;
  [Symbol.dispose](): void;
}

/**
 * Makes a map in a temporary file of SQLite, which nobody else can open and which is gone with the process. It
 * is in `SQLITE_TMPDIR`, `TMPDIR`, `/var/tmp` or `/tmp`, whichever is there first.
 */
export function createScratchMap<Value extends number | string>(): ScratchMap<Value> {
  const database = new DatabaseSync('');
  database.exec(`
    pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -${cacheKib};
    create table entries (key text primary key, value any not null) strict, without rowid;
    begin`); // one transaction, because nothing of it has to last
  const get = database.prepare('select value from entries where key = ?');
  const add = database.prepare('insert into entries values (?, ?) on conflict do nothing');
  const set = database.prepare('insert or replace into entries values (?, ?)');
  const remove = database.prepare('delete from entries where key = ?');
  return {
    get: (key) => get.get(key)?.value as Value | undefined,
    add: (key, value) => add.run(key, value).changes === 1,
    set: (key, value) => {
      set.run(key, value);
    },
    delete: (key) => {
      remove.run(key);
    },
    [Symbol.dispose]: () => database.close(),
  };
}
