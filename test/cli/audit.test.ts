import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { until } from '../eventually.ts';
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
  const listed = async (filter: string) => {
    const { stdout, stderr } = await run(`audit list --json ${filter}`);
    const [, after] = /^There are more: --after (\S+)\n$/.exec(stderr) ?? [];
    return { kinds: JSON.parse(stdout).map(({ kind }: { kind: string }) => kind), after };
  };
  const first = await listed('--limit 3');
  const rest = await listed(`--limit 3 --after ${first.after}`);
  expect([first.kinds.length, rest.after]).toEqual([3, undefined]);
  expect([...first.kinds, ...rest.kinds].sort()).toEqual(kinds);
  expect((await listed('--user ADA@example.com')).kinds).toEqual(['user.created']);
  expect((await listed('--user 1')).kinds).toEqual(['user.created']);
  expect((await listed('--actor 1')).kinds).toEqual([]);
  const refused = async (filter: string) => {
    const { status, stderr } = await run(`audit list ${filter}`);
    return `${status} ${stderr}`;
  };
  expect(await refused('--user nobody@example.com')).toMatch(/^1 No user "nobody@example.com"\./);
  expect(await refused('--user ada')).toMatch(/^2 "ada" is neither an id nor an email\./);
  expect(await refused('--kind user.creatde')).toBe(
    '2 There is no kind of event "user.creatde". Did you mean user.created?\n',
  );
  expect(await refused('--kind nothing')).toMatch(/See: latchkey audit kinds\n$/);
  expect(await refused('--since yesterday')).toMatch(/^2 --since: Enter a date/);
  expect(await refused('--ip home')).toMatch(/^2 --ip: Enter an IP\./);
  expect(await refused(`--actor 1 --after ${first.after}`)).toMatch(/^2 --after: This cursor is/);
  expect((await run('audit kinds')).stdout).toMatch(/^login\.failed +\S/m);

  const whole = await run('audit verify --json');
  const { end, ...found } = JSON.parse(whole.stdout);
  expect([whole.status, found.checked, found.problem_count]).toEqual([0, 5, 0]);
  expect((await run(`audit verify --expect ${end}`)).status).toBe(0);

  await run('secret retire --yes');
  const after = JSON.parse((await run('audit verify --json')).stdout);
  expect(after).toMatchObject({ uncertain: 0, problem_count: 0, is_end_known: true, waiting: 1 });

  const file = new DatabaseSync(`${folder.path}/latchkey.db`);
  file.exec("update audit_events set actor_name = 'eve' where kind = 'user.created'");
  file.close();
  const changed = await run('audit verify');
  expect([changed.status, changed.stdout]).toEqual([
    1,
    expect.stringMatching(/^Place \d: event \d was changed\.$/m),
  ]);
  expect(changed.stderr).toContain('1 problem found.');
  expect((await run('audit verify --expect nonsense')).status).toBe(2);
});

test('the answer to a stolen secret leaves a chain that is whole', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const verified = async (env: Record<string, string> = {}) => {
    const { status, stdout } = await run('audit verify --json', { env });
    const { waiting, problems, uncertain } = JSON.parse(stdout);
    return { status, waiting, problems, uncertain };
  };
  const isSealed = (env?: Record<string, string>) =>
    until(async () => (await verified(env)).waiting === 0);
  const whole = { status: 0, waiting: 0, problems: [], uncertain: 0 };
  {
    await using server = await serve(folder.path);
    await run('users create ada@example.com --no-password');
    await isSealed();
    await run('secret rotate');
    expect((await run('secret retire --yes')).stderr).toContain('waits for its seal');
    await run('users create grace@example.com --no-password');
    await until(() => server.log().includes('sealed with a newer secret'));
    expect(await verified()).toEqual({ ...whole, waiting: 2 });
  }
  {
    await using _server = await serve(folder.path);
    await isSealed();
  }
  expect(await verified()).toEqual(whole);

  // The same where the secrets are in the environment.
  const stolen = readFileSync(`${folder.path}/secret-key`, 'utf8').trim();
  const fresh = { LATCHKEY_SECRET_KEY: 'the one that nobody has stolen so far, of 48 bytes' };
  {
    await using _server = await serve(folder.path, { LATCHKEY_SECRET_KEY: stolen });
    expect((await run('secret retire', { env: fresh })).status).toBe(1);
    const env = { ...fresh, LATCHKEY_SECRET_KEY_FALLBACKS: stolen };
    expect(await run('secret retire', { env })).toMatchObject({
      status: 0,
      stdout:
        'The audit log and the authenticator apps need LATCHKEY_SECRET_KEY, and no older one.\n',
    });
    await run('users create joan@example.com --no-password', { env: fresh });
  }
  {
    await using _server = await serve(folder.path, fresh);
    await isSealed(fresh);
  }
  expect(await verified(fresh)).toEqual(whole);
});
