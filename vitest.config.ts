import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** What starts a server of the harness, or makes a database of it, runs on both engines. */
const onBothEngines = globSync(
  '{src/features,src/http,test/admin,test/contract,test/races}/**/*.test.ts',
).filter((path) =>
  /(startServer|startContractServer|createTestDatabase|openLog)\(/.test(readFileSync(path, 'utf8')),
);
/** They share one browser. */
const inBrowser = [
  '{test/browser,test/journeys,sdk/test/browser}/**/*.test.ts',
  'test/docs/tutorial.test.ts',
];
const onPostgresAlone = ['src/db/postgres/**/*.test.ts', 'test/postgres/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    isolate: false, // each file would load the server anew; none changes what another one sees
    maxWorkers: 4, // two cores; much of a test is waiting for a process
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'sdk/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...onPostgresAlone, ...inBrowser],
          globalSetup: 'test/global-setup.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [...onBothEngines, ...onPostgresAlone],
          env: { LATCHKEY_TEST_ENGINE: 'postgres' },
          globalSetup: ['test/global-setup.ts', 'test/postgres/setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'browser',
          include: inBrowser,
          globalSetup: ['test/global-setup.ts', 'test/browser/setup.ts'],
        },
      },
    ],
  },
});
