import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
});
