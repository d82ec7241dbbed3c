import { chmodSync, existsSync } from 'node:fs';
import { type CompiledQuery, Kysely } from 'kysely';
import type { Answer } from '../../lib/answer.ts';
import type { Database } from '../database.ts';
import type { Schema } from '../schema.ts';
import { SqliteConnection } from './connection.ts';
import { sqliteDialect } from './dialect.ts';
import { WriteLock } from './write-lock.ts';

const isSelect = /^\s*(select|pragma|explain)\b/i;

/**
 * Opens a SQLite file, and makes it where there is none (readable by its owner alone). WAL and
 * `synchronous=FULL`: what was acknowledged is on disk, and readers never wait for the writer.
 *
 * @throws Error where the file cannot be opened or is not a database
 */
export function openSqlite(path: string): Database {
  const isNew = !existsSync(path);
  const writer = new SqliteConnection(path, { readOnly: false });
  if (isNew) chmodSync(path, 0o600);
  try {
    writer.exec('pragma journal_mode = wal');
    writer.exec('pragma synchronous = full');
    const reader = new SqliteConnection(path, { readOnly: true });
    return createDatabase(path, { reader, writer, lock: new WriteLock() });
  } catch (error) {
    writer.close();
    throw error;
  }
}

function createDatabase(
  location: string,
  connections: { reader: SqliteConnection; writer: SqliteConnection; lock: WriteLock },
): Database {
  const { reader, writer, lock } = connections;
  const db = new Kysely<Schema>({ dialect: sqliteDialect(connections) });
  let known: number | undefined;

  async function writeLocked<Row>(query: CompiledQuery<Row>): Promise<Row[]> {
    await lock.acquire();
    try {
      return await writer.write<Row>(query.sql, query.parameters);
    } finally {
      lock.release();
    }
  }

  return {
    engine: 'sqlite',
    location,
    db,
    version() {
      if (known === undefined) {
        const [row] = reader.all<{ data_version: number }>('pragma data_version');
        known = row?.data_version ?? 0;
        setImmediate(() => {
          known = undefined;
        });
      }
      return known;
    },
    run<Row>(query: CompiledQuery<Row>): Answer<Row[]> {
      if (isSelect.test(query.sql)) return reader.all<Row>(query.sql, query.parameters);
      return writeLocked(query);
    },
    async close() {
      await lock.acquire();
      await db.destroy();
      reader.close();
      writer.close();
    },
  };
}
