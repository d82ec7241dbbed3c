import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';

test('a process that has failed says so, also where it has started a PostgreSQL', async () => {
  const server = new URL('./postgres-server.ts', import.meta.url).href;
  const program = `import { startPostgres } from '${server}';
    const postgres = await startPostgres();
    await postgres[Symbol.asyncDispose]();
    process.exitCode = 3;`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program]);
  expect(await once(child, 'close')).toEqual([3, null]);
});
