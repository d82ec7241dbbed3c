import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('the bench measures every figure, and says what each was held against', async () => {
  // So short and so few that the figures mean nothing; only that each is there. On a busy machine a
  // shorter time is over before the first password is hashed.
  const scale = ['--users', '64', '--seconds', '0.2', '--rounds', '1'];
  const { stdout } = await run(process.execPath, ['bench/main.ts', ...scale, '--json']);
  const { machine, results } = JSON.parse(stdout);
  expect(machine).toMatchObject({ cores: expect.any(Number), node: process.version });
  const targets = results.filter((result: { target?: string }) => result.target);
  const measured = targets.map((result: { figure: string }) => result.figure);
  expect([...new Set(measured)]).toEqual([
    ...['me', 'algorithms', 'refresh', 'login', 'storm', 'pages', 'ready', 'memory'],
    ...['disk', 'search'],
  ]);
  for (const result of targets) {
    expect(result.isMet).toEqual(expect.any(Boolean));
    expect(result.measured).toBeGreaterThan(0);
    if (!['disk', 'search'].includes(result.figure))
      expect(result.limit).toEqual(expect.any(Number));
  }
});

test('the bench takes the figures that are named, compares sizes, and prints a table', async () => {
  const scale = ['--users', '64', '--users', '65', '--seconds', '0.05', '--rounds', '1'];
  const named = ['refresh', 'reset', 'mails'];
  const { stdout } = await run(process.execPath, [
    'bench/main.ts',
    ...named,
    '--factors',
    ...scale,
  ]);
  expect(stdout).toMatch(/^figure +measured +limit, same run +ratio +target +met$/m);
  expect(stdout).toMatch(
    /^POST \/api\/refresh\/, durable, 64 users +[\d.,]+\/s +[\d.,]+\/s bare POST/m,
  );
  expect(stdout).toMatch(/^POST \/api\/refresh\/, durable, 65 to 64 +[\d.,]+\/s/m);
  expect(stdout).toMatch(/^refresh: 64 users +[\d.]+/m);
  expect(stdout).toMatch(/^POST \/api\/password-reset\/, durable, 64 users +[\d.,]+\/s/m);
  expect(stdout).toMatch(/^mails that a local SMTP server takes +[\d.,]+\/s/m);
  expect(stdout).not.toContain('GET /api/me/');
});
