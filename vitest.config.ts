import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/global-setup.ts',
    pool: 'forks',
    isolate: false, // each file would load the server anew; none changes what another one sees
    maxWorkers: 3, // two cores; much of a test is waiting for a process
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
