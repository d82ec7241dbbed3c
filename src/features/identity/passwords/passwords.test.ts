import { pino } from 'pino';
import { expect, test } from 'vitest';
import { cheapHashes, startServer } from '../../../../test/harness.ts';
import { createMetrics } from '../../../http/metrics.ts';
import { createHashPool, type HashPool } from './hash-pool.ts';
import { decoyHash, hashPassword } from './password-hashes.ts';
import { createPasswords } from './passwords.ts';

test('where the check of a hash in good form fails, the decoy is checked and it is told', async () => {
  await using server = await startServer();
  const lines: string[] = [];
  const metrics = createMetrics();
  const deps = { ...server.deps, metrics, log: pino({}, { write: (line) => lines.push(line) }) };
  const good = hashPassword('any', cheapHashes);
  const source = { network: '192.0.2.1', account: 'ada' };
  const threads = createHashPool(deps, 1);
  const checked: unknown[] = [];
  /** Real threads, which get a hash that they cannot check in place of the good one. */
  const hashPool: HashPool = {
    ...threads,
    run(task, source, of) {
      if (task.kind === 'verify') checked.push(task.hash);
      const isGood = task.kind === 'verify' && task.hash === good;
      return threads.run(
        isGood ? { ...task, hash: good.replace('v=19', 'v=18') } : task,
        source,
        of,
      );
    },
  };
  const passwords = createPasswords({ ...deps, hashPool });
  try {
    const found = await passwords.verify(good, 'any', source, { renews: true });
    expect(found).toEqual({ isRight: false, isUsable: false });
    expect(checked).toEqual([good, decoyHash(cheapHashes)]);
    expect((await metrics.unusableHashes.get()).values[0]?.value).toBe(1);
    expect(lines.map((line) => JSON.parse(line).problem)).toEqual(['Its check failed.']);
  } finally {
    await threads.close();
  }
});
