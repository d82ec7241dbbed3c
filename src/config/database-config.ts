import { join, resolve } from 'node:path';
import {
  type PostgresUrl,
  PostgresUrlError,
  readPostgresUrl,
} from '../db/postgres/connection-url.ts';
import { CommandError } from '../terminal/command-error.ts';
import { configLabel, configOptions, type Given } from './config-options.ts';

/** The database that the configuration names. `location` is for people, without credentials. */
export type DatabaseConfig = SqliteConfig | PostgresConfig;

export interface SqliteConfig {
  readonly engine: 'sqlite';
  readonly path: string;
  readonly location: string;
}

export interface PostgresConfig {
  readonly engine: 'postgres';
  readonly url: PostgresUrl;
  readonly location: string;
  /** The most connections of one process. */
  readonly poolSize: number;
  readonly statementLimitMs: number;
  readonly lockLimitMs: number;
}

/** Reads the configuration of the database, and adds its errors to the list. */
export function readDatabaseConfig(
  given: Given,
  dataDir: string,
  problems: string[],
): DatabaseConfig {
  return readUrl('database', given, problems) ?? sqliteAt(join(dataDir, 'latchkey.db'));
}

/** Reads the target of a move, if it is set. */
export function readMoveTarget(given: Given, problems: string[]): DatabaseConfig | undefined {
  return readUrl('to', given, problems);
}

function readUrl(
  name: 'database' | 'to',
  given: Given,
  problems: string[],
): DatabaseConfig | undefined {
  const text = given(name);
  if (text === undefined) return undefined;
  if (/^postgres(ql)?:/i.test(text))
    return readPostgres(name, text, readPool(given, problems), problems);
  // Of one letter it is a drive. Nothing but the scheme is printed: the rest may hold a password.
  const scheme = /^([a-z][a-z\d+.-]+):/i.exec(text)?.[1];
  if (scheme !== undefined && !/^(sqlite|file)$/i.test(scheme)) {
    problems.push(
      `${configLabel(name)}: "${scheme}" is not a supported database. Give ` +
        '"postgres://USER:PASSWORD@HOST/DATABASE" or "sqlite:PATH", or leave it out.',
    );
    return sqliteAt('');
  }
  return sqliteAt(resolve(text.replace(/^(sqlite|file):(\/\/)?/i, '')));
}

function sqliteAt(path: string): SqliteConfig {
  return { engine: 'sqlite', path, location: path };
}

type Pool = Pick<PostgresConfig, 'poolSize' | 'statementLimitMs' | 'lockLimitMs'>;

function readPostgres(
  name: 'database' | 'to',
  text: string,
  pool: Pool,
  problems: string[],
): DatabaseConfig {
  try {
    const url = readPostgresUrl(text);
    return { engine: 'postgres', url, location: url.location, ...pool };
  } catch (error) {
    if (!(error instanceof PostgresUrlError)) throw error;
    // The URL itself may hold a password.
    problems.push(...error.problems.map((problem) => `${configLabel(name)}: ${problem}`));
    return sqliteAt('');
  }
}

function readPool(given: Given, problems: string[]): Pool {
  const read = (
    name: 'databasePoolSize' | 'databaseStatementTimeout' | 'databaseLockTimeout',
    least: number,
    most: number,
  ) => {
    const value = given(name) ?? configOptions[name].default;
    if (/^\d{1,5}$/.test(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    problems.push(`${configLabel(name)}: give a whole number from ${least} to ${most}.`);
    return least;
  };
  return {
    poolSize: read('databasePoolSize', 1, 1_000),
    statementLimitMs: read('databaseStatementTimeout', 0, 3_600) * 1_000,
    lockLimitMs: read('databaseLockTimeout', 0, 3_600) * 1_000,
  };
}

/**
 * The SQLite file, for a command that is for nothing else.
 *
 * @throws CommandError on PostgreSQL, with what to do there
 */
export function requireSqlite(database: DatabaseConfig, elsewhere: string): SqliteConfig {
  if (database.engine === 'sqlite') return database;
  throw new CommandError(`${database.location} is a PostgreSQL database. ${elsewhere}`);
}
