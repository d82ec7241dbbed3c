import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { startServerProcess } from '../server-process.ts';
import { commandLine, serve } from './command-line.ts';

test('a move, from the plan to a server on the copy that knows its clients', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, 'data');
  const copy = join(folder.path, 'copy.db');
  const run = commandLine(data);
  const json = { email: 'ada@example.com', password: goodPassword };
  let refreshToken = '';
  {
    await using server = await serve(data);
    expect((await send(server.origin, 'POST', '/api/register/', { json })).status).toBe(201);
    const { body } = await send(server.origin, 'POST', '/api/login/', { json });
    refreshToken = body.refresh_token;
    const refused = await run(`move --to sqlite:${copy}`);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toContain('latchkey settings set MAINTENANCE_MODE true');
  }

  await using old = await startServerProcess({
    folder: folder.path,
    flags: ['--data', data, '--maintenance'],
  });
  const login = await send(old.origin, 'POST', '/api/login/', { json });
  expect([login.status, login.body.code]).toEqual([503, 'maintenance']);
  const planned = await run('move --dry-run', { env: { LATCHKEY_MOVE_TO: `sqlite:${copy}` } });
  expect(planned.stdout).toMatch(/still to be made:\nTABLE .*\nusers +1\n/);
  expect(existsSync(copy)).toBe(false);

  const moved = await run(`move --to sqlite:${copy}`);
  expect(moved.stdout).toMatch(/^users +1 +1 +1 +([0-9a-f]{16}) +\1 +yes$/m);
  expect(moved.stderr).toContain(`head -n 1 ${join(data, 'secret-key')}`);
  expect(moved.status).toBe(0);
  const again = await run(`move --to sqlite:${copy} --json`);
  expect([again.status, again.stdout]).toEqual([1, '']);
  expect(again.stderr).toContain('holds data: there are rows in "users"');

  await using next = await serve(data, { LATCHKEY_DATABASE_URL: `sqlite:${copy}` });
  const body = { refresh_token: refreshToken };
  expect((await send(next.origin, 'POST', '/api/refresh/', { json: body })).status).toBe(200);
});
