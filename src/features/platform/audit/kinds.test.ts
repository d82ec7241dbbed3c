import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { auditKindNames } from './kinds.ts';

test('every kind of the catalogue is recorded somewhere', () => {
  const source = globSync('src/**/*.ts')
    .filter((path) => !path.endsWith('.test.ts') && !path.endsWith('audit/kinds.ts'))
    .map((path) => readFileSync(path, 'utf8'))
    .join('\n');
  expect(auditKindNames.filter((kind) => !source.includes(`'${kind}'`))).toEqual([]);
});
