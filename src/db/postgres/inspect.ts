import { CompiledQuery } from 'kysely';
import type { Database } from '../database.ts';

/** Facts about a PostgreSQL server. */
export interface PostgresFacts {
  /** As it calls itself: `18.4`. */
  readonly version: string;
  /** 180004 for 18.4. */
  readonly versionNumber: number;
  readonly nowMs: number;
  readonly isReadOnly: boolean;
  readonly maxConnections: number;
  /** The settings that keep it from losing what it acknowledged, and are off. */
  readonly unsafe: readonly string[];
}

const query = CompiledQuery.raw(`
  select current_setting('server_version') as version,
    cast(current_setting('server_version_num') as integer) as version_number,
    cast(extract(epoch from clock_timestamp()) * 1000 as bigint) as now_ms,
    current_setting('transaction_read_only') as read_only,
    cast(current_setting('max_connections') as integer) as max_connections,
    current_setting('fsync', true) as fsync,
    current_setting('full_page_writes', true) as full_page_writes,
    current_setting('synchronous_commit', true) as synchronous_commit`);

interface Row {
  readonly version: string;
  readonly version_number: number;
  readonly now_ms: number;
  readonly read_only: string;
  readonly max_connections: number;
  readonly fsync: string | null;
  readonly full_page_writes: string | null;
  readonly synchronous_commit: string | null;
}

const serverConnections = CompiledQuery.raw(`
  select count(*) as n from pg_stat_activity
  where datname = current_database() and application_name = 'latchkey'`);

/** How many connections other processes of ours have; those with a name of their own are not seen. */
export async function countServerConnections(database: Database): Promise<number> {
  const [row] = (await database.run(serverConnections)) as { n: number }[];
  return row?.n ?? 0;
}

/** @throws whatever keeps the database from answering */
export async function inspectPostgres(database: Database): Promise<PostgresFacts> {
  const [row] = (await database.run(query)) as Row[];
  if (!row) throw new Error('The database gave no answer.');
  const durable = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;
  return {
    version: row.version,
    versionNumber: row.version_number,
    nowMs: row.now_ms,
    isReadOnly: row.read_only === 'on',
    maxConnections: row.max_connections,
    unsafe: durable.filter((name) => row[name] === 'off'),
  };
}
