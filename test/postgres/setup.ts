import type { TestProject } from 'vitest/node';
import { applyMigrations } from '../../src/db/migrate.ts';
import { noLimits, openPostgres } from '../../src/db/postgres/postgres-database.ts';
import { databaseUrl, templateDatabase } from '../database.ts';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The PostgreSQL of this run. */
    postgresUrl: string;
    /** The file of its certificate, which is for `localhost`. */
    postgresCertificate: string;
  }
}

/** Starts one PostgreSQL for all the tests of a run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres();
  await server.query(`create database ${templateDatabase}`);
  const database = openPostgres(databaseUrl(server.url, templateDatabase), noLimits);
  await applyMigrations(database);
  await database.close();
  await server.query(`alter database ${templateDatabase} is_template true allow_connections false`);
  project.provide('postgresUrl', server.url);
  project.provide('postgresCertificate', server.certificate);
  return async () => server[Symbol.asyncDispose]();
}
