import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { type ConfigError, ensureDataDir, readConfig } from './config.ts';

test('a flag that says nothing is refused, and a variable that says nothing is none', () => {
  const flags = { data: '', database: ' ', to: '', host: '', metricsHost: '' };
  const faults = Object.keys(flags).map((name) => {
    try {
      readConfig({ [name]: flags[name as keyof typeof flags] }, {});
    } catch (error) {
      return (error as ConfigError).faults;
    }
    return [];
  });
  const said = (label: string) => [`${label}: it is empty. Give a value, or leave it out.`];
  expect(faults).toEqual([
    said('--data / LATCHKEY_DATA_DIR'),
    said('--database / LATCHKEY_DATABASE_URL'),
    said('--to / LATCHKEY_MOVE_TO'),
    said('--host / LATCHKEY_HOST'),
    said('--metrics-host / LATCHKEY_METRICS_HOST'),
  ]);
  expect(readConfig({ corsOrigins: '' }, { LATCHKEY_HOST: '' }).host).toBe('127.0.0.1');
});

test('the data folder is made with those above it, for its owner alone, or it is said why not', () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'some/where/data');
  ensureDataDir(data);
  ensureDataDir(data);
  for (const path of [data, join(data, '..')]) expect(statSync(path).mode & 0o777).toBe(0o700);
  writeFileSync(join(data, 'file'), '');
  for (const path of ['file', 'file/deeper']) {
    expect(() => ensureDataDir(join(data, path))).toThrow(/: cannot make .*file.*Name a folder/);
  }
});

test.runIf(process.platform === 'linux')('a place that can have no folder ends the start', () => {
  for (const path of ['/proc/latchkey', '/proc/latchkey/data']) {
    expect(() => ensureDataDir(path)).toThrow(/: cannot make \/proc\/latchkey.* \(ENOENT: /);
  }
});
