import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/longest-first.ts';
import { type Part, parts } from './test/parts.ts';

/** `--mode main`, `quick` or `long` chooses a part of the tests, which `test/parts.ts` lists; without it all are there. */
export default defineConfig(({ mode }) => {
  const part: Part = Object.hasOwn(parts, mode) ? parts[mode as keyof typeof parts] : parts.all;
  return {
    test: {
      pool: 'forks',
      isolate: false, // each file would load the server again; none changes what another one sees
      maxWorkers: 3, // two cores, and some waiting; each has to load the server first, for seven seconds of processor time
      // A server that is started leaves megabytes behind. With a young generation of 16 MB, V8's default, a quarter of
      // its start is spent on moving them.
      // Collected by one thread: the helpers of four workers wait for each other on two cores, for a twentieth of all
      // processor time.
      execArgv: ['--min-semi-space-size=64', '--max-semi-space-size=64', '--single-threaded-gc'],
      sequence: { sequencer: LongestFirst },
      // For what hangs, not for what is slow; four times as long as a test waits for one thing (test/eventually.ts).
      testTimeout: 240_000,
      hookTimeout: 240_000,
      env: { TEST_LONG: mode === 'long' ? '1' : '0', TEST_QUICK: mode === 'quick' ? '1' : '0' },
      projects: [
        {
          extends: true,
          test: {
            name: 'sqlite',
            include: [...part.sqlite],
            globalSetup: 'test/global-setup.ts',
          },
        },
        {
          extends: true,
          test: {
            name: 'postgres',
            include: [...part.postgres],
            env: { LATCHKEY_TEST_ENGINE: 'postgres' },
            globalSetup: ['test/global-setup.ts', 'test/postgres/setup.ts'],
          },
        },
        {
          extends: true,
          test: {
            name: 'browser',
            include: [...part.browser],
            globalSetup: ['test/global-setup.ts', 'test/browser/setup.ts'],
          },
        },
      ],
    },
  };
});
