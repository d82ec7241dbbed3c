import { type Migration, Migrator } from 'kysely/migration';
import type { Database } from './database.ts';
import { migrations } from './migrations/index.ts';

export const migrationTable = 'schema_migrations';

function migrator({ db }: Database, list: Readonly<Record<string, Migration>>): Migrator {
  return new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...list }) },
    migrationTableName: migrationTable,
    migrationLockTableName: 'schema_migrations_lock',
  });
}

export interface MigrationState {
  readonly name: string;
  /** Undefined: still to be applied. */
  readonly appliedAt: Date | undefined;
}

/** Every migration of this release, and when it was applied to this database. */
export async function migrationStates(
  database: Database,
  list = migrations,
): Promise<MigrationState[]> {
  const states = await migrator(database, list).getMigrations();
  return states.map(({ name, executedAt }) => ({ name, appliedAt: executedAt }));
}

/** The names of the migrations that this release has and this database has not. */
export async function pendingMigrations(database: Database, list = migrations): Promise<string[]> {
  const states = await migrationStates(database, list);
  return states.filter((state) => state.appliedAt === undefined).map((state) => state.name);
}

/**
 * Applies what is pending, all of it or nothing.
 *
 * @returns the names of the migrations that were applied
 * @throws Error where one fails, or where the database was migrated by a newer release
 */
export async function applyMigrations(database: Database, list = migrations): Promise<string[]> {
  const { error, results } = await migrator(database, list).migrateToLatest();
  if (error) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}
