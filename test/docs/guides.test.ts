import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../harness.ts';
import { startServerHere } from '../server-here.ts';
import { isolatedEnvironment } from '../server-process.ts';
import { codeBlocks, readDocument, root, sectionOf } from './documents.ts';
import { openShell } from './shell.ts';

/** Guides, typed by somebody who has nothing but them and a server on their own machine. */

const main = join(root, 'src/main.ts');

interface Page {
  /** Runs the commands of a section, or those before the first one. @returns what they print */
  follow(heading?: string): Promise<string>;
}

async function open(path: string): Promise<Page & AsyncDisposable> {
  const folder = temporaryFolder();
  const environment = { LATCHKEY_DATA_DIR: folder.path, LATCHKEY_METRICS_PORT: 'off' };
  const server = await startServerHere({}, environment);
  const { port } = new URL(server.origin);
  const shell = openShell(root, isolatedEnvironment({ ...environment, NO_COLOR: '1' }));
  await shell.run(`latchkey() { '${process.execPath}' '${main}' "$@"; }`);
  const { text } = readDocument(path);
  return {
    follow(heading) {
      const section = heading ? sectionOf(text, heading) : (text.split('\n## ', 1)[0] ?? '');
      const blocks = codeBlocks(section);
      const commands = blocks.filter(({ language }) => language === 'sh').map((one) => one.text);
      expect(commands.length).toBeGreaterThan(0);
      return shell.run(commands.join('').replaceAll('localhost:8000', `localhost:${port}`));
    },
    async [Symbol.asyncDispose]() {
      await shell[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

test('mail: an email is proven, a password reset, and a notice answered', async () => {
  await using page = await open('docs/guide/mail.md');
  expect(await page.follow('Without an SMTP server')).toContain('CONFIRM YOUR EMAIL');
  expect(await page.follow('Prove an email')).toContain('"email_verified":true');
  expect(await page.follow('Reset a password')).toContain('"success"');
  expect(await page.follow('Sign in by mail')).toContain('"refresh_token"');
  expect(await page.follow('Security notices')).toMatch(/"ended_sessions":1,"flow":"/);
});

test('registration: an account is made by mail, its email changed and restored, and a proof required', async () => {
  await using page = await open('docs/guide/registration.md');
  await page.follow('Who may register');
  expect(await page.follow('Register with a proven email')).toContain('"email_verified":true');
  expect(await page.follow('Change an email')).toContain('"email":"mary@example.org"');
  expect(await page.follow('Undo')).toContain('"success"');
  expect(await page.follow('Require a proven email')).toContain('"email_verified":true');
});

test('administration: a user is created, found, changed by two at once, deactivated, seen and impersonated', async () => {
  await using page = await open('docs/guide/administer.md');
  expect(await page.follow()).toContain('"recent_until"');
  expect(await page.follow('Create and change users')).toContain('"username":"bob"');
  expect((await page.follow('Find users')).match(/"email":"bob@example\.com"/g)).toHaveLength(3);
  expect(await page.follow('Two administrators at once')).toContain('"code":"version_conflict"');
  expect(await page.follow('Deactivate and delete users')).toContain('"is_active":true');
  expect(await page.follow('Many at once')).toMatch(/"results":\[\{"id":\d+,"ok":true/);
  expect(await page.follow('Sessions')).toContain('"email":"admin@example.com"');
  expect(await page.follow('Act in the name of a user')).toContain('"access_token"');
  expect(await page.follow('Statistics')).toContain('"users":{"total":2');
});
