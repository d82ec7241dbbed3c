import { expect, test } from 'vitest';
import { reportText, runChaos } from './run-chaos.ts';

const rounds = 21; // each disturbance three times

test('whatever befalls nodes and database, what was acknowledged stays and nothing is good twice', async () => {
  const report = await runChaos((round) => round >= rounds);
  console.info(reportText(report));
  expect(report.faults).toEqual([]);
  // It was a real test: there was something to lose, and something was lost on the way.
  const { counts } = report;
  expect(counts.registered).toBeGreaterThan(4);
  expect(counts.refreshed).toBeGreaterThan(100);
  expect(counts['name changed']).toBeGreaterThan(20);
  expect(counts['logged out']).toBeGreaterThan(3);
  expect((counts['refresh unknown'] ?? 0) + (counts['name change unknown'] ?? 0)).toBeGreaterThan(
    20,
  );
  expect(counts['shared value read']).toBe(12);
  expect(report.cuts).toBeGreaterThan(3);
}, 180_000);
