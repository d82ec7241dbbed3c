import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';

/** What starts a server of the harness, or makes a database of it, runs on both engines. */
const onBothEngines = globSync(
  '{src/features,src/http,test/{admin,contract,doors,generated-requests,races}}/**/*.test.ts',
).filter((path) =>
  /(startServer|startContractServer|createTestDatabase|openLog)\(/.test(readFileSync(path, 'utf8')),
);
/** They share one browser. */
const inBrowser = [
  '{test/browser,test/journeys,sdk/test/browser}/**/*.test.ts',
  'test/docs/tutorial.test.ts',
];
const onPostgresAlone = ['src/db/postgres/**/*.test.ts', 'test/postgres/**/*.test.ts'];

/**
 * Left out of `npm run test:quick`: what starts processes, and what takes seconds by itself. Of the tests of the
 * contract it takes the line tables.
 */
const notQuick = [
  ...globSync('{src,test,sdk}/**/*.test.ts', { exclude: ['**/node_modules'] }).filter((path) =>
    /\b(server-process|command-line|child_process)\b/.test(readFileSync(path, 'utf8')),
  ),
  ...['test/{admin,chaos,crash,doors,faults,generated-requests,proxies,races}/**', 'sdk/test/**'],
  'src/features/identity/passwords/{password-hashes,hash-forms}.test.ts',
  'src/features/sign-in/login/login-{load,limits}.test.ts',
  'src/features/sign-in/sessions/{refresh-model,refresh,session-origin,known-devices}.test.ts',
  'src/http/{export-stream,operations}.test.ts',
  'src/lib/text.test.ts',
  'src/features/platform/keys/keys.test.ts',
  'test/contract/!(lines-*).test.ts',
  'test/route-limits.test.ts',
];

export default defineConfig(({ mode }) => ({
  test: {
    pool: 'forks',
    isolate: false, // each file would load the server again; none changes what another one sees
    maxWorkers: 4, // two cores; much of a test is waiting for a process
    // A server that is started leaves megabytes behind. With a young generation of 16 MB, V8's default, a quarter of its
    // start is spent on moving them.
    execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64'],
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    env: { TEST_LONG: mode === 'long' ? '1' : '0', TEST_QUICK: mode === 'quick' ? '1' : '0' },
    projects: [
      {
        extends: true,
        test: {
          name: 'sqlite',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'sdk/**/*.test.ts'],
          exclude: [
            '**/node_modules/**',
            ...onPostgresAlone,
            ...inBrowser,
            ...(mode === 'quick' ? notQuick : []),
          ],
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
}));
