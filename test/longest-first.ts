import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { testsOf } from './parts.ts';

/**
 * What takes longest, mostly because it starts processes or waits for time to pass. One of these that
 * started last would run alone, on a machine that has nothing else to do.
 */
const long = testsOf([
  'test/stop.test.ts',
  'test/crash/crash.test.ts',
  'test/bench.test.ts',
  'test/chaos/**/*.test.ts',
  'test/failures/start.test.ts',
  'test/failures/locked-database.test.ts',
  'test/failures/full-disk.test.ts',
]);

/** Starts the longest files first: where no run is remembered, as in CI, vitest goes by their sizes. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) =>
      long.some((path) => moduleId.endsWith(`/${path}`));
    const rest = await super.sort(files);
    return [...rest.filter(isLong), ...rest.filter((file) => !isLong(file))];
  }
}
