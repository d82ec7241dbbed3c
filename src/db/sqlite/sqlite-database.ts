import { accessSync, chmodSync, constants, existsSync } from 'node:fs';
import { type CompiledQuery, Kysely } from 'kysely';
import type { Answer } from '../../lib/answer.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { createCheckpointer } from './checkpointer.ts';
import { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { SqliteWriter } from './writer.ts';

const isSelect = /^\s*(select|pragma|explain)\b/i;

/**
 * Opens a SQLite file, and makes it where there is none (readable by its owner alone). WAL and
 * `synchronous=FULL`: what was acknowledged is on disk, and readers never wait for the writer.
 *
 * @throws Error where the file cannot be opened, cannot be written, or is not a database
 */
export function openSqlite(path: string): Database {
  const isNew = !existsSync(path);
  // SQLite would open it for reading alone, without a word, and every later write would fail.
  if (!isNew) accessSync(path, constants.W_OK);
  const writer = new SqliteConnection(path, { readOnly: false });
  try {
    if (isNew) chmodSync(path, 0o600);
    // Another process that opens or closes the file at this moment has all of it for an instant.
    writer.exec('pragma busy_timeout = 5000');
    requireWal(path, writer);
    writer.exec('pragma synchronous = full');
    writer.exec('pragma cache_size = -16000'); // KiB, which it takes as it needs them
    writer.exec('pragma temp_store = memory'); // what a savepoint keeps needs no space on a full disk
    writer.exec('pragma busy_timeout = 0');
    const reader = new SqliteConnection(path, { readOnly: true });
    return createDatabase(path, { reader, writer });
  } catch (error) {
    writer.close();
    throw error;
  }
}

/** SQLite answers a journal mode that it cannot have with the one that it keeps. */
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
): Database {
  const { reader } = connections;
  let known: number | undefined;
  let closing: Promise<void> | undefined;
  const checkpointer = createCheckpointer(location, connections.writer);
  const writer = new SqliteWriter(connections.writer, () => {
    known = undefined;
    checkpointer.noteCommit();
  });
  const db = new Kysely<Schema>({ dialect: sqliteDialect({ reader, writer }) });

  function version(): number {
    if (known === undefined) {
      const [row] = reader.all<{ data_version: number }>('pragma data_version');
      known = row?.data_version ?? 0;
      setImmediate(() => {
        known = undefined;
      });
    }
    return known;
  }

  async function close(): Promise<void> {
    await writer.finish();
    await checkpointer.close();
    await db.destroy();
    reader.close();
    connections.writer.close(); // last: it empties the log into the database and removes it
  }

  return {
    engine: 'sqlite',
    location,
    db,
    version,
    changes: version,
    noteChange() {}, // its commit has changed the version
    transact: (task) => db.transaction().execute(task),
    run<Row>(query: CompiledQuery<Row>): Answer<Row[]> {
      const { sql, parameters } = query;
      if (isSelect.test(sql)) return reader.all<Row>(sql, parameters);
      return writer.runBatch<Row>(sql, parameters).then(({ rows }) => rows);
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
