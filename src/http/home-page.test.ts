import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../test/harness.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

test('a browser finds a page of links, and each link leads somewhere', async () => {
  const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
  const page = await server.send('GET', '/', { headers });
  expect([page.status, page.headers.get('content-type')]).toEqual([
    200,
    'text/html; charset=utf-8',
  ]);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  const links = [...page.text.matchAll(/<a href="\.([^"]*)"/g)].map(([, path = '']) => path);
  expect(links).toEqual(['/account/', '/docs', '/admin/']);
  const statuses = [];
  for (const link of links) statuses.push((await server.send('GET', link)).status);
  expect(statuses).toEqual([303, 200, 200]); // to the sign-in
});

test('a program finds nothing there', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    const { status, body } = await server.send(method, '/');
    expect([status, body.code]).toEqual([404, 'not_found']);
  }
});
