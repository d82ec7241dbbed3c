import { userInfo } from 'node:os';
import { decodeJwt } from 'jose';
import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { commandLine, latchkey, serve } from './command-line.ts';

test('a setting holds for the next sign-in at a server that runs, and so does undoing it', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  const credentials = { email: 'ada@example.com', password: goodPassword };
  await send(server.origin, 'POST', '/api/register/', { json: credentials });
  const lifetime = async () => {
    const { body } = await send(server.origin, 'POST', '/api/login/', { json: credentials });
    const { exp = 0, iat = 0 } = decodeJwt(body.access_token);
    return exp - iat;
  };

  expect(await lifetime()).toBe(30);
  const name = 'ACCESS_TOKEN_LIFETIME';
  const set = ['settings', 'set', name, '60', '--reason', 'a trial', '--data', folder.path];
  expect(await latchkey(set)).toEqual({
    status: 0,
    stdout: `${name} is 60 (1 minute) now; it was 30 (30 seconds), the default.\n`,
    stderr: `To undo: latchkey --data ${folder.path} settings rollback 1\n`,
  });
  expect(await lifetime()).toBe(60);
  expect(await run(`settings get ${name}`)).toMatchObject({ status: 0, stdout: '60\n' });

  expect(JSON.parse((await run('settings rollback 1 --json')).stdout)).toMatchObject({
    id: 2,
    from: 60,
    to: null,
  });
  expect(await lifetime()).toBe(30);
  expect(JSON.parse((await run(`settings history ${name} --json`)).stdout)).toEqual([
    expect.objectContaining({ id: 2, from: 60, to: null, reason: '' }),
    {
      id: 1,
      name,
      from: null,
      to: 60,
      actor: `cli:${userInfo().username}`,
      reason: 'a trial',
      changed_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    },
  ]);
});

test('settings are listed in words, and what cannot be is refused with what can', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');

  const pinned = { env: { LATCHKEY_REFRESH_TOKEN_LIFETIME: '86400' } };
  const set = await run('settings set REFRESH_TOKEN_LIFETIME 3600', pinned);
  expect(set.status).toBe(0);
  expect(set.stderr).toContain('Warning: LATCHKEY_REFRESH_TOKEN_LIFETIME is set');
  expect(set.stderr).toContain('holds it at 86400.');

  const lines = (await run('settings list', pinned)).stdout.split('\n');
  const line = lines.find((text) => text.startsWith('REFRESH_TOKEN_LIFETIME'));
  expect(line?.split(/ {2,}/)).toEqual([
    'REFRESH_TOKEN_LIFETIME',
    '86400 (1 day)',
    'environment',
    '2592000 (30 days)',
    '1 to 315360000 (3650 days)',
    'sessions',
  ]);
  const reset = await run('settings reset REFRESH_TOKEN_LIFETIME');
  expect(reset.stdout).toContain('is 2592000 (30 days), the default now; it was 3600 (1 hour).');

  const noLimit = lines.find((text) => text.startsWith('SESSION_MAX_AGE'));
  expect(noLimit?.split(/ {2,}/).slice(1, 4)).toEqual(['0 (no limit)', 'default', '0 (no limit)']);
  expect(await run('settings reset REFRESH_TOKEN_LIFETIME')).toMatchObject({
    status: 0,
    stdout: 'REFRESH_TOKEN_LIFETIME was 2592000 (30 days), the default already.\n',
    stderr: '',
  });

  const refused: [string, number, string][] = [
    [
      'get access_token_lifetim',
      2,
      'There is no setting "access_token_lifetim". Did you mean ACCESS_TOKEN_LIFETIME?',
    ],
    [
      'set ACCESS_TOKEN_LIFETIME -4',
      2,
      'ACCESS_TOKEN_LIFETIME is from 1 to 604800 seconds, not -4.',
    ],
    ['rollback 9', 1, 'The history has no change 9. See "settings history".'],
  ];
  for (const [args, status, text] of refused) {
    const outcome = await run(`settings ${args}`);
    expect(outcome).toEqual({ status, stdout: '', stderr: `${text}\n` });
  }
});
