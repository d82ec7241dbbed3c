import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** What speaks HTTP to a server of the harness runs on both engines. */
const onBothEngines = globSync(
  '{src/features,src/http,test/contract,test/races}/**/*.test.ts',
).filter((path) => readFileSync(path, 'utf8').includes('startServer('));
/** They share one browser. */
const inBrowser = ['test/browser/**/*.test.ts', 'sdk/test/browser/**/*.test.ts'];
const onPostgresAlone = ['src/db/postgres/**/*.test.ts', 'test/postgres/**/*.test.ts'];

export default defineConfig({
  test: {
    pool: 'forks',
    isolate: false, // each file would load the server anew; none changes what another one sees
    maxWorkers: 3, // two cores; much of a test is waiting for a process
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
          globalSetup: 'test/postgres/setup.ts',
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
