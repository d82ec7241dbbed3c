import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { openBrowser } from '../../../test/browser/browser.ts';
import { codeBlocks, readDocument } from '../../../test/docs/documents.ts';
import { goodPassword, startServer, temporaryFolder } from '../../../test/harness.ts';
import { freePort, untilListening } from '../../../test/ports.ts';
import { bundleStandalone } from '../../tools/build.ts';

/** The program of the guide, word for word, used by somebody with a browser. */

/** Starts the program of the guide. */
async function startApp(latchkey: string, port: number) {
  const folder = temporaryFolder();
  const { text } = readDocument('docs/guide/refresh-token-in-a-cookie.md');
  const blocks = codeBlocks(text).filter(({ language }) => language !== 'sh');
  const names = ['server.mjs', 'index.html', 'page.js'];
  expect(blocks).toHaveLength(names.length);
  for (const [index, name] of names.entries()) {
    const code = blocks[index]?.text.replace('http://localhost:8000', latchkey) ?? '';
    writeFileSync(join(folder.path, name), code.replace('.listen(3000)', `.listen(${port})`));
  }
  writeFileSync(join(folder.path, 'latchkey.js'), await bundleStandalone());
  const child = spawn(process.execPath, [join(folder.path, 'server.mjs')]);
  await untilListening(port, () => expect(child.exitCode).toBeNull());
  return {
    async [Symbol.asyncDispose]() {
      child.kill();
      await once(child, 'exit');
      folder[Symbol.dispose]();
    },
  };
}

/** What the page says, once it says that. */
const says = (page: Page, text: string) => page.getByRole('status').getByText(text).waitFor();

test('a session in a cookie survives a reload and reaches other tabs, and no script sees its token', async () => {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  await using server = await startServer({ corsOrigins: [origin] });
  await using _app = await startApp(server.origin, port);
  await using browser = await openBrowser();
  const { email } = await server.signUp();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  await says(page, 'Nobody is signed in.');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await says(page, 'Invalid credentials');
  await page.getByLabel('Password').fill(goodPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await says(page, email);

  const [cookie, ...others] = await context.cookies();
  expect(cookie).toMatchObject({ name: 'refresh', httpOnly: true, sameSite: 'Strict' });
  expect(others).toEqual([]);
  await page.reload();
  await says(page, email);
  expect((await context.cookies())[0]?.value).not.toBe(cookie?.value);
  const tab = await context.newPage();
  await tab.goto(origin);
  await says(tab, email);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await says(page, 'Nobody is signed in.');
  expect(await context.cookies()).toEqual([]);
  await tab.reload();
  await says(tab, 'Nobody is signed in.');
});
