import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyMigrations } from '../../src/db/migrate.ts';
import { openSqlite } from '../../src/db/sqlite/sqlite-database.ts';
import { createSealKeys, verifyChain } from '../../src/features/platform/audit/index.ts';
import { temporaryFolder } from '../harness.ts';

const source = (path: string) => new URL(`../../src/${path}`, import.meta.url).href;

/** Records and seals as fast as it can, and prints a dot for each event that is acknowledged. */
const script = `
  const { openSqlite } = await import('${source('db/sqlite/sqlite-database.ts')}');
  const { adoptChain, createSealKeys, record } = await import('${source('features/platform/audit/index.ts')}');
  const { sealEvents } = await import('${source('features/platform/audit/seal-events.ts')}');
  const database = openSqlite(process.argv[1]);
  const log = { error: () => process.stdout.write('broken') };
  const clock = { nowMs: () => 1 };
  const deps = { database, log, clock, sealKeys: createSealKeys(['a secret']) };
  await adoptChain(deps);
  const seal = () => sealEvents(deps).then(() => setTimeout(seal, 1));
  await seal();
  const event = { kind: 'user.activated', actor: { kind: 'system' }, atMs: 1, userId: 1 };
  for (;;) {
    await database.transact((trx) => record(trx, event));
    process.stdout.write('.');
  }`;

test('a process that is killed while it records and seals leaves a chain that is whole', async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'test.db');
  const database = openSqlite(path);
  await applyMigrations(database);
  let printed = '';
  for (let round = 0; round < 4; round += 1) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (text) => {
      printed += text;
    });
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  const sealKeys = createSealKeys(['a secret']);
  const { checked, waiting, problems, uncertain } = await verifyChain({ database, sealKeys });
  expect({ problems, uncertain, printed: printed.replaceAll('.', '') }).toEqual({
    ...{ problems: [], uncertain: 0, printed: '' },
  });
  expect(checked + waiting).toBeGreaterThanOrEqual(printed.length + 1); // and the beginning
  await database.close();
});
