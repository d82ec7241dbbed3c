import { PostgresAdapter, PostgresDialect } from 'kysely';

/** Kysely on PostgreSQL, with nothing that a transaction pooler would lose. */
export class PoolerSafeDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new PoolerSafeAdapter();
  }
}

class PoolerSafeAdapter extends PostgresAdapter {
  /** Kysely's lock belongs to a session. A migration holds one that belongs to its transaction. */
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}
