import { PostgresAdapter, PostgresDialect } from 'kysely';

/** Kysely on PostgreSQL, with nothing that a transaction pooler would lose. */
export class PoolerSafeDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new PoolerSafeAdapter();
  }
}

class PoolerSafeAdapter extends PostgresAdapter {
  /** Kysely's lock is a session's. Whoever migrates holds one that is the transaction's. */
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
