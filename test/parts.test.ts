import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { allTests, type Part, parts, without } from './parts.ts';

/** CI runs `npm test` and `npm run test:long`: nothing is in neither. */

const engines = ['sqlite', 'postgres', 'browser'] as const;

test('every test is for some engine, or for the browser', () => {
  expect(
    without(
      allTests,
      engines.flatMap((engine) => parts.all[engine]),
    ),
  ).toEqual([]);
});

test.each(engines)('%s: every test is in npm test, or in test:long', (engine) => {
  const found = [...parts.main[engine], ...parts.long[engine]];
  expect(without(parts.all[engine], found)).toEqual([]);
});

test('only tests ask how often they repeat: it is by that they are in test:long', () => {
  const sources = globSync('{src,test,sdk,tools,bench}/**/*.ts', { exclude: ['**/node_modules'] });
  const asking = sources.filter((file) => readFileSync(file, 'utf8').includes("/long.ts'"));
  expect(without(asking, allTests)).toEqual([]);
});

test.each(['main', 'quick', 'long'] as const)('%s runs nothing twice', (name) => {
  const part: Part = parts[name];
  for (const engine of engines) {
    expect([engine, part[engine].length]).toEqual([engine, new Set(part[engine]).size]);
  }
});
