import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../docs/documents.ts';
import { temporaryFolder } from '../harness.ts';
import { commandLine } from './command-line.ts';

test('users are imported from a file, after a dry run, with a report', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  const file = join(folder.path, 'users.csv');
  const report = join(folder.path, 'left.csv');
  writeFileSync(file, 'email,is_superuser\nada@example.com,true\n=cmd@example.com,maybe\n');

  const looked = await run(`import users ${file} --dry-run --json`);
  expect([looked.status, looked.stderr]).toEqual([1, '1 row of 2 refused.\n']);
  expect(JSON.parse(looked.stdout)).toMatchObject({
    ...{ is_dry_run: true, rows: 2, imported: 1, superusers: 1, refused: 1 },
    reasons: { invalid_fields: 1 },
  });
  const imported = await run(`import users ${file} --report ${report}`);
  expect(imported.status).toBe(1);
  expect(imported.stdout).toContain('Imported 1 user of 2 rows');
  expect(imported.stdout).toContain('1 superuser among them');
  expect(readFileSync(report, 'utf8')).toBe(
    '\ufeffrow,email,id,username,outcome,reason,text\r\n' +
      "3,'=cmd@example.com,,,refused,invalid_fields,is_superuser: Give true or false.\r\n",
  );
  expect(statSync(report).mode & 0o777).toBe(0o600);
  writeFileSync(file, 'email\nADA@example.com\n');
  const again = await run(`import users ${file}`);
  expect([again.status, again.stderr]).toEqual([0, '']);
  expect(again.stdout).toContain('1 row left alone: the email is there');

  writeFileSync(file, 'email,is_superuser,is_active\nADA@example.com,false,false\n');
  const other = await run(`import users ${file} --report ${report}`);
  expect(other.stdout).toContain('Not as in the file, deactivated or a superuser: 1 account');
  expect(readFileSync(report, 'utf8')).toContain(
    'In the file it is deactivated and not a superuser.',
  );
});

test('ids that are taken: the import says to use an empty data folder', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  await run('users create trial@example.com --no-password');
  const file = join(folder.path, 'users.csv');
  writeFileSync(file, 'id,email\n1,ada@example.com\n');
  const { status, stderr } = await run(`import users ${file} --keep-ids --dry-run`);
  expect([status, stderr]).toEqual([
    1,
    expect.stringContaining('import into an empty data folder'),
  ]);
});

test('a dump of Django: what it lacks is named, and what comes along is told', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  const made = await run('users create Ada@example.com --no-password');
  expect(made.status).toBe(0);
  const dump = join(root, 'test/docs/django-dump.json');

  const wrong = await run(`import users ${dump} --model auth.user`);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toMatch(
    /The file has no object of the model "auth\.user"\. It has .*auth_api\.user \(6\)/,
  );
  const noPair = await run(`import users ${dump} --group-role editors`);
  expect([noPair.status, noPair.stderr]).toEqual([2, expect.stringContaining('editors=editor')]);
  const noRole = await run(`import users ${dump} --staff-role support`);
  expect([noRole.status, noRole.stderr]).toEqual([
    1,
    expect.stringContaining('There is no role "support". Make it first'),
  ]);

  const imported = await run(`import users ${dump}`);
  expect(imported.status).toBe(1);
  expect(imported.stdout).toContain('Imported 4 users of 6 rows');
  expect(imported.stdout).toContain('1 row left alone: the email is there (1 not imported');
  expect(imported.stdout).toContain(
    '1 refresh token of 5 taken over (0 imported before, 1 expired or revoked, 3 refused)',
  );
  expect(imported.stderr).toContain('Ada@example.com: It is user 1, not imported');
  expect(imported.stderr).toContain('kiosk: email: This field may not be blank.');
  expect(imported.stderr).toContain('latchkey settings set ACCESS_TOKEN_LIFETIME 60');
  expect(imported.stderr).toMatch(/1 of 6 users and 3 of 5 refresh tokens refused\.\n$/);
  expect(imported.stdout + imported.stderr).not.toMatch(/1111-4111|SHOP_NAME|pbkdf2/);
  const reset = await run(`import users ${dump} --reset-unused --json`);
  expect(JSON.parse(reset.stdout)).toMatchObject({
    ...{ imported: 0, reset: 5, already_present: 0 },
    refresh_tokens: { imported: 2, already_present: 1, ended: 1, refused: 1 },
    settings: { ACCESS_TOKEN_LIFETIME: 60 },
  });
});
