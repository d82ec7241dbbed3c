import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { type CompiledQuery, Kysely } from 'kysely';
import type { Answer } from '../../lib/answer.ts';
import type { Database, Db, SqliteDatabase } from '../database.ts';
import type { Schema } from '../schema.ts';
import { createCheckpointer } from './checkpointer.ts';
import { SqliteConnection } from './connection.ts';
import { readSynced, sqliteDialect } from './dialect.ts';
import { createGroupTransactions } from './group-transactions.ts';
import { LogSync, type SyncFile } from './log-sync.ts';
import { createVersions } from './versions.ts';
import { SqliteWriter } from './writer.ts';

/** Small ones: a refresh changes one row, and each page that changes is written to the log whole. */
const pageBytes = 1024;

const isSelect = /^\s*(select|pragma|explain)\b/i;

/**
 * Opens a SQLite file, and makes it if there is none (only its owner can read it). In WAL mode readers never wait for
 * the writer. A write that was acknowledged is on disk.
 *
 * @param syncFile replaced by the tests of a disk that fails
 * @throws Error if the file cannot be opened, cannot be written, or is not a database
 */
export function openSqlite(path: string, syncFile?: SyncFile): Database {
  const isNew = !existsSync(path);
  // SQLite would open it for reading alone, without a word, and every later write would fail.
  if (!isNew) accessSync(path, constants.W_OK);
  const writer = new SqliteConnection(path, { readOnly: false });
  try {
    if (isNew) chmodSync(path, 0o600);
    // Another process that opens or closes the file at this moment has all of it for an instant.
    writer.exec('pragma busy_timeout = 5000');
    writer.exec(`pragma page_size = ${pageBytes}`); // of a new file
    requireWal(path, writer);
    writer.exec('pragma synchronous = normal'); // the sync of each commit is that of `LogSync`
    writer.exec('pragma cache_size = -16000'); // KiB, which it takes as it needs them
    writer.exec('pragma temp_store = memory'); // needs no space on a full disk
    writer.exec('pragma busy_timeout = 0');
    const reader = new SqliteConnection(path, { readOnly: true });
    return createDatabase(path, { reader, writer }, new LogSync(path, syncFile));
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** If SQLite cannot use a journal mode, it answers with the one that it keeps. */
function requireWal(path: string, writer: SqliteConnection): void {
  const [row] = writer.all<{ journal_mode: string }>('pragma journal_mode = wal');
  if (row?.journal_mode === 'wal') return;
  throw new Error(
    `${path} cannot have a write-ahead log: its file system has no shared memory (NFS has none). ` +
      'Put the data folder on a local disk.',
  );
}

function createDatabase(
  location: string,
  connections: { reader: SqliteConnection; writer: SqliteConnection },
  log: LogSync,
): SqliteDatabase {
  const { reader } = connections;
  const versions = createVersions(connections.writer);
  let closing: Promise<void> | undefined;
  const checkpointer = createCheckpointer(location, connections.writer);
  const writer = new SqliteWriter(connections.writer, log, () => {
    if (connections.writer.takeChangedRemembered()) versions.noteCommit();
    checkpointer.noteCommit();
  });
  const db = new Kysely<Schema>({ dialect: sqliteDialect({ reader, writer }) });

  async function close(): Promise<void> {
    await writer.finish();
    await checkpointer.close();
    await db.destroy();
    reader.close();
    connections.writer.close(); // last: it empties the log into the database and removes it
  }

  const transact = <T>(task: (trx: Db) => Promise<T>) => db.transaction().execute(task);

  return {
    engine: 'sqlite',
    location,
    db,
    version: versions.version,
    changes: versions.changes,
    noteChange: versions.noteChange,
    transact,
    transactTogether: createGroupTransactions(transact),
    run<Row>(query: CompiledQuery<Row>): Answer<Row[]> {
      const { sql, parameters } = query;
      if (!isSelect.test(sql)) return writer.run<Row>(sql, parameters).then(({ rows }) => rows);
      return readSynced<Row>({ reader, writer }, sql, parameters);
    },
    runEach: ({ sql }, parameters) => writer.runEach(sql, parameters),
    hasFailedWrite: () => writer.hasFailed,
    close() {
      closing ??= close();
      return closing;
    },
  };
}
