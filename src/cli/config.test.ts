import { expect, test } from 'vitest';
import { type ConfigError, readConfig } from './config.ts';

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
