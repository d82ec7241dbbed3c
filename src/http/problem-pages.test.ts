import { createHash } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../test/harness.ts';
import { problemKinds } from '../errors/index.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test('the type of a problem leads to a page about it', async () => {
  const problem = await server.send('GET', '/api/me/');
  const page = await server.send('GET', problem.body.type, { headers: browser });
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(page.headers.get('vary')).toBe('accept');
  expect(page.text).toContain(`<h1>${problem.body.title}</h1>`);
  expect(page.text).toContain('401 Unauthorized');
  expect(page.text).toContain('<code>Authorization: Bearer &lt;access token&gt;</code>');
});

test.each([...problemKinds.keys()])('%s is explained, to programs as well', async (code) => {
  const { status, body } = await server.send('GET', `/problems/${code}`);
  expect(status).toBe(200);
  expect(body).toEqual(problemKinds.get(code));
  const page = await server.send('GET', `/problems/${code}/`, { headers: browser });
  expect(page.text).toContain(`<code>${code}</code>`);
});

test('the page may load nothing and run nothing', async () => {
  const { headers, text } = await server.send('GET', '/problems/not_found', { headers: browser });
  const style = /<style>([^<]*)<\/style>/.exec(text)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(headers.get('content-security-policy')).toBe(
    `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; ` +
      "form-action 'none'; frame-ancestors 'none'",
  );
  expect(text).not.toMatch(/<script|https?:\/\//);
});

test.each(['unknown', '__proto__', 'constructor', '%3Cscript%3E', '%00', 'a%2Fb'])(
  'a code that there is not is a 404: %s',
  async (code) => {
    const { status, body, headers } = await server.send('GET', `/problems/${code}`, {
      headers: browser,
    });
    expect([status, body.code]).toEqual([404, 'not_found']);
    expect(headers.get('content-type')).toMatch('application/problem+json');
  },
);

test('below a path the type leads to the page of this server', async () => {
  await using below = await startServer({ publicUrl: 'https://example.com/auth/' });
  const { body } = await below.send('GET', '/api/me/');
  expect(new URL(body.type, 'https://example.com/auth/api/me/').href).toBe(
    'https://example.com/auth/problems/not_authenticated',
  );
});
