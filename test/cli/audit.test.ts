import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness.ts';
import { commandLine, serve } from './command-line.ts';

test('the audit log is listed and verified at the command line, across a change of the secret', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  {
    await using _server = await serve(folder.path); // seals at the latest when it stops
    await run('users create ada@example.com --no-password');
    await run('settings set ACCESS_TOKEN_LIFETIME 60');
    await run('secret rotate');
    await run(`backup ${folder.path}/copy.db`);
  }
  const events = JSON.parse((await run('audit list --json')).stdout);
  const kinds = events.map(({ kind }: { kind: string }) => kind);
  expect(kinds.sort()).toEqual([
    ...['audit.started', 'backup.made', 'secret.rotated', 'setting.changed', 'user.created'],
  ]);
  expect((await run('audit list --kind user.created')).stdout).toMatch(/user\.created +cli:\S+ +1/);
  expect((await run('audit list --kind nothing')).status).toBe(2);

  const whole = await run('audit verify --json');
  const { end, ...found } = JSON.parse(whole.stdout);
  expect([whole.status, found.checked, found.fault_count]).toEqual([0, 5, 0]);
  expect((await run(`audit verify --expect ${end}`)).status).toBe(0);

  await run('secret retire --yes');
  const after = JSON.parse((await run('audit verify --json')).stdout);
  expect(after).toMatchObject({ uncertain: 0, fault_count: 0, is_end_known: true, waiting: 1 });

  const file = new DatabaseSync(`${folder.path}/latchkey.db`);
  file.exec("update audit_events set actor_name = 'eve' where kind = 'user.created'");
  file.close();
  const changed = await run('audit verify');
  expect([changed.status, changed.stdout]).toEqual([
    1,
    expect.stringMatching(/^Place \d: event \d was changed\.$/m),
  ]);
  expect(changed.stderr).toContain('1 fault found.');
  expect((await run('audit verify --expect nonsense')).status).toBe(2);
});
