import { sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { AppError } from '../errors.ts';
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
  await refuseNewer(database, list);
  const { error, results } = await migrator(database, list).migrateToLatest();
  const failed = results?.find((result) => result.status === 'Error');
  if (failed && error instanceof Error && !(error instanceof AppError)) {
    const message = `Migration ${failed.migrationName} failed, and nothing was changed: ${error.message}`;
    throw new Error(message, { cause: error });
  }
  if (error) throw error;
  return (results ?? []).filter((r) => r.status === 'Success').map((r) => r.migrationName);
}

async function refuseNewer({ db, location }: Database, list: typeof migrations): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === migrationTable)) return;
  const { rows } = await sql<{
    name: string;
  }>`select name from ${sql.table(migrationTable)}`.execute(db);
  const unknown = rows.map((row) => row.name).filter((name) => !Object.hasOwn(list, name));
  if (unknown.length === 0) return;
  throw new Error(
    `${location} was migrated by a newer release (${unknown.join(', ')}). Install that release, or ` +
      'a newer one.',
  );
}
