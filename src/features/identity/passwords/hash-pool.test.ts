import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../../test/harness.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { createHashPool } from './hash-pool.ts';

test('threads that cannot start are told of; what waits fails, and the process goes on', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'worker.mjs');
  writeFileSync(path, "throw new Error('not on this machine');");
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push(line) });
  const metrics = createMetrics();
  const pool = createHashPool({ metrics, log }, 1, pathToFileURL(path).href);
  const source = { network: '192.0.2.1', account: 'ada' };
  const parameters = { memoryCost: 8, timeCost: 1, parallelism: 1 };
  const hash = () => pool.run({ kind: 'hash', password: 'any', parameters }, source, metrics);
  try {
    await expect(hash()).rejects.toThrow('not on this machine');
    await expect(hash()).rejects.toThrow('not on this machine'); // nor does the next one wait for ever
    expect((await metrics.hashThreadFailures.get()).values[0]?.value).toBe(2);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'a thread for password hashes failed',
      err: { message: 'not on this machine' },
    });
  } finally {
    await pool.close();
  }
});
