import { expect, test } from 'vitest';
import { startServer } from '../harness.ts';
import { openBrowser } from './browser.ts';

test('a page that explains an error reads well, and asks no other host for anything', async () => {
  await using server = await startServer();
  await using browser = await openBrowser();
  const page = await (await browser.newContext()).newPage();
  const asked = new Set<string>();
  page.on('request', (request) => asked.add(new URL(request.url()).origin));
  await page.goto(`${server.origin}/problems/invalid_token`);
  await page.getByText('The access token is not valid.').first().waitFor();
  expect([...asked]).toEqual([server.origin]);
});
