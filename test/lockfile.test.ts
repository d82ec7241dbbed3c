import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { missingOptional } from '../tools/lockfile.ts';

const path = new URL('../package-lock.json', import.meta.url);

test('the lock file names every optional package, so that npm ci works on every platform', () => {
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = Object.keys(missingOptional(lock));
  expect(missing, 'npm run lockfile adds them').toEqual([]);
});

test('what a lock file lacks is found, and named after its platform', () => {
  const packages = {
    '': {},
    'node_modules/a': {
      dev: true,
      optionalDependencies: { '@a/x-linux-x64-musl': '1.2.3', '@a/x-win32-ia32-msvc': '1.2.3' },
    },
    'node_modules/a/node_modules/@a/x-win32-ia32-msvc': {},
  };
  expect(missingOptional({ packages })).toEqual({
    'node_modules/@a/x-linux-x64-musl': {
      version: '1.2.3',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  });
  const other = { ...packages, 'node_modules/@a/x-linux-x64-musl': { version: '1.2.4' } };
  expect(() => missingOptional({ packages: other })).toThrow(/has 1\.2\.4 in its place/);
  const nameless = { 'node_modules/a': { optionalDependencies: { b: '^1.0.0' } } };
  expect(() => missingOptional({ packages: nameless })).toThrow(/wants b@\^1\.0\.0/);
});
