import { expect, test } from 'vitest';
import { isLong } from '../long.ts';
import { disturbances } from './disturbances.ts';
import { mailReportText, runMailChaos } from './mail-chaos.ts';
import { reportText, runChaos } from './run-chaos.ts';

/** How often there is each disturbance. */
const cycles = isLong ? 6 : 1;
const rounds = cycles * Object.keys(disturbances).length;

test('whatever befalls nodes and database, what was acknowledged stays and nothing is good twice', async () => {
  const report = await runChaos((round) => round >= rounds);
  console.info(reportText(report));
  expect(report.problems).toEqual([]);
  // It was a real test: there was something to lose, and something was lost on the way.
  const { counts } = report;
  expect(counts.refreshed).toBeGreaterThan(0);
  expect(counts['shared value read']).toBe(4 * cycles);
  if (!isLong) return;
  expect(counts.registered).toBeGreaterThan(4);
  expect(counts.refreshed).toBeGreaterThan(100);
  expect(counts['name changed']).toBeGreaterThan(20);
  expect(counts['logged out']).toBeGreaterThan(3);
  expect((counts['refresh unknown'] ?? 0) + (counts['name change unknown'] ?? 0)).toBeGreaterThan(
    20,
  );
  expect(report.cuts).toBeGreaterThan(3);
}, 1_800_000); // many rounds, each of which starts and stops servers

test('a server that is killed between a mail and its reply loses none, and repeats under one Message-ID', async () => {
  const rounds = isLong ? 50 : 3;
  const report = await runMailChaos(rounds);
  console.info(mailReportText(report));
  expect(report.problems).toEqual([]);
  expect(report.acknowledged).toBeGreaterThan(rounds);
  expect(report.repeated).toBeGreaterThanOrEqual(rounds); // in each at least the one that was killed
}, 1_800_000); // many rounds, each of which starts and stops servers
