import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { temporaryFolder } from '../harness.ts';
import { commandLine } from './command-line.ts';

/** What mails say, at the command line, and in a file. */

function withFile(folder: string, content: unknown) {
  const path = join(folder, 'mail-texts.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return { env: { LATCHKEY_MAIL_TEXTS: path } };
}

test('a text is replaced, put back and rolled back', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  const textOf = async (language: string, name: string) => {
    const items = JSON.parse((await run(`mail-texts list ${language} --json`)).stdout);
    return items.find((item: { name: string }) => item.name === name)?.text;
  };
  expect((await run('mail-texts list de')).stdout).toMatch(
    /^invitation\.heading +built-in +site +Ihr Konto bei \{site\}$/m,
  );
  const name = 'invitation.heading';
  expect(await run(`mail-texts set de ${name} Willkommen`)).toEqual({
    status: 0,
    stdout: `${name} in de is now: Willkommen\n`,
    stderr: 'To undo: latchkey settings rollback 1\n',
  });
  expect((await run('mail-texts list de')).stdout).toMatch(/^invitation\.heading +setting /m);
  expect((await run('settings history')).stdout).toContain(`MAIL_TEXT:de:${name}`);
  expect((await run('settings rollback 1')).status).toBe(0);
  expect(await textOf('de', name)).toBe('Ihr Konto bei {site}');
  await run(`mail-texts set en ${name} Welcome`);
  expect((await run(`mail-texts reset en ${name}`)).stdout).toBe(
    `${name} in en is now: Your account at {site}\n`,
  );
  const bad = await run(`mail-texts set en ${name} {code}`);
  expect(bad).toMatchObject({ status: 2, stdout: '' });
  expect(bad.stderr).toContain('It has {code}, which there is not; possible: {site}.');
  for (const command of ['list nl', `set nl ${name} x`, `reset nl ${name}`]) {
    expect(await run(`mail-texts ${command}`)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There are no texts in nl, but in en, de.'),
    });
  }
  expect(await run('mail-texts set en no.such x')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('There is no text no.such. To see all: latchkey mail-texts'),
  });
});

test('a file adds a language, and the doctor names what it lacks', async () => {
  using folder = temporaryFolder();
  const options = withFile(folder.path, { fr: { 'invitation.heading': 'Bienvenue' } });
  const run = commandLine(folder.path, options);
  await run('migrate');
  const { stdout } = await run('mail-texts list fr');
  expect(stdout).toMatch(/^invitation\.heading +file +site +Bienvenue$/m);
  expect(stdout).toMatch(/^invitation\.button +en +/m);
  const findings: Finding[] = JSON.parse((await run('doctor --json')).stdout);
  const [missing] = findings.filter(({ message }) => message.includes('in fr missing'));
  expect(missing).toMatchObject({ check: 'mail', status: 'warning' });
  expect(missing?.message).toMatch(/: password_reset\.subject, .* and \d+ others$/);
});

test('every error of a file stops the start, and is named', async () => {
  using folder = temporaryFolder();
  const serve = async (content: unknown) => {
    const run = commandLine(folder.path, withFile(folder.path, content));
    const { status, stderr } = await run('serve --port 0 --metrics-port off');
    expect(status).toBe(2);
    return stderr;
  };
  const bad = {
    fr: { 'invitation.headin': 'x', lifetime: 'Valable {count} minutes', 'invitation.text': '{' },
  };
  const named = await serve(bad);
  expect(named).toContain(
    'fr, invitation.headin: There is no such text. Did you mean invitation.heading?',
  );
  expect(named).toContain('fr, lifetime: It lacks {unit}.');
  expect(named).toContain('fr, invitation.text: It is not a valid ICU message');
  const shape = await serve({ 'not a language': {}, de: [], en: { lifetime: 5 } });
  expect(shape).toContain('"not a language" is not a language');
  expect(shape).toContain('de: it has to be an object of texts');
  expect(shape).toContain('en, lifetime: it has to be a text');
  expect(await serve('{')).toContain('it cannot be read');
  expect(await serve([])).toContain('it has to be an object of languages');
});
