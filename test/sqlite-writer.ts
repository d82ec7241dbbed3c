import { DatabaseSync } from 'node:sqlite';
import { SqliteConnection } from '../src/db/sqlite/connection.ts';
import { LogSync, type SyncFile } from '../src/db/sqlite/log-sync.ts';
import { SqliteWriter } from '../src/db/sqlite/writer.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** SQLite's writer on a real file, and another process's view of it. */
export interface WriterFixture extends Disposable {
  readonly path: string;
  readonly connection: SqliteConnection;
  readonly writer: SqliteWriter;
  readonly other: DatabaseSync;
  /** How often it was told of a commit. */
  commits(): number;
  /** What everybody else sees: what is committed, that is. */
  committed(): string[];
}

export const insert = 'insert into item (text) values (?) returning id';
/** Makes SQLite roll back on its own, once 'taken' is there. */
export const clash = "insert or rollback into item (text) values ('taken')";
/** Goes through, but its commit does not. */
export const orphan = 'insert into item (text, parent_id) values (?, 9)';

export function openWriter(syncFile?: SyncFile, waitLimitMs = 200): WriterFixture {
  const folder = temporaryFolder();
  const path = `${folder.path}/test.db`;
  const connection = new SqliteConnection(path, { readOnly: false });
  connection.exec('pragma journal_mode = wal');
  connection.exec(`
    create table parent (id integer primary key);
    create table item (
      id integer primary key,
      text text unique,
      parent_id integer references parent (id) deferrable initially deferred
    )`);
  const other = new DatabaseSync(path, { timeout: 0 });
  let commits = 0;
  const onCommit = () => {
    commits += 1;
  };
  return {
    path,
    connection,
    other,
    writer: new SqliteWriter(connection, new LogSync(path, syncFile), onCommit, waitLimitMs),
    commits: () => commits,
    committed: () =>
      other
        .prepare('select text from item order by id')
        .all()
        .map((row) => String(row.text)),
    [Symbol.dispose]() {
      other.close();
      connection.close();
      folder[Symbol.dispose]();
    },
  };
}
