import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../../test/harness.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

/** The directives of a Content-Security-Policy. */
function policyOf(headers: Headers): Record<string, string> {
  const policy = headers.get('content-security-policy') ?? '';
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name, ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

/** The bytes of an answer as they are sent; `fetch` would decompress them. */
async function sentBytes(
  path: string,
  coding: string,
): Promise<{ bytes: Buffer; coding?: string }> {
  const answer = await server.app.http.inject({
    url: path,
    headers: { 'accept-encoding': coding },
  });
  const sent = answer.headers['content-encoding'];
  return { bytes: answer.rawPayload, ...(typeof sent === 'string' && { coding: sent }) };
}

describe('the page', () => {
  test.each(['/docs', '/docs/'])('is at %s', async (path) => {
    const { status, headers, text } = await server.send('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('name="viewport"');
  });

  test('may run only our scripts, and has no inline script', async () => {
    const { headers, text } = await server.send('GET', '/docs');
    const policy = policyOf(headers);
    expect(policy).toMatchObject({
      'default-src': "'none'",
      'script-src': "'self'",
      'connect-src': "'self'",
      'frame-ancestors': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
    });
    expect(Object.values(policy).join(' ')).not.toMatch(/https?:|\*|unsafe-eval|blob:/);
    expect(text).not.toMatch(/<script[^>]*>[^<]|\son\w+=|javascript:/);
  });

  test.each([
    ['/docs', './'],
    ['/docs/', '../'],
  ])('names no other host, nor the path that it is below: %s', async (path, root) => {
    const { text } = await server.send('GET', path);
    const addresses = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses).toEqual([
      'data:,',
      `${root}openapi.json`,
      expect.stringMatching(`^${root}docs/start\\.js\\?v=[\\w-]{16}$`),
      expect.stringMatching(`^${root}docs/scalar\\.js\\?v=[\\w-]{16}$`),
    ]);
    expect(text).not.toMatch(/https?:\/\//);
    expect(text).toContain('&quot;withDefaultFonts&quot;:false');
  });
});

describe('its scripts', () => {
  test.each(['/docs/start.js', '/docs/scalar.js'])(
    '%s is kept for long, and named by its hash',
    async (path) => {
      const { status, headers } = await server.send('GET', path);
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8');
      expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(headers.get('vary')).toBe('accept-encoding');
      const etag = headers.get('etag') ?? '';
      const page = await server.send('GET', '/docs');
      expect(page.text).toContain(`${path}?v=${etag.slice(3, -1)}`);
      const again = await server.send('GET', path, { headers: { 'if-none-match': etag } });
      expect([again.status, again.text]).toEqual([304, '']);
      const head = await server.send('HEAD', path);
      expect([head.status, head.text]).toEqual([200, '']);
    },
  );

  test('are compressed in the coding that the client accepts, to the same bytes', async () => {
    const plain = await sentBytes('/docs/scalar.js', 'identity');
    const gzip = await sentBytes('/docs/scalar.js', 'gzip');
    const br = await sentBytes('/docs/scalar.js', 'gzip;q=0.5, br');
    expect([plain.coding, gzip.coding, br.coding]).toEqual([undefined, 'gzip', 'br']);
    expect(gunzipSync(gzip.bytes).equals(plain.bytes)).toBe(true);
    expect(brotliDecompressSync(br.bytes).equals(plain.bytes)).toBe(true);
    expect(br.bytes.length).toBeLessThan(gzip.bytes.length);
    expect(gzip.bytes.length).toBeLessThan(plain.bytes.length / 3);
  });

  test.each([
    ['', undefined],
    ['*', 'br'],
    ['gzip;q=0.9, br;q=0.1', 'gzip'],
    ['identity, br;q=0.5', undefined],
    ['br;q=0, gzip', 'gzip'],
    ['BR', 'br'],
    ['deflate', undefined],
    ['gzip;q=0.0', undefined],
  ])('with Accept-Encoding "%s" they come as %s', async (accepted, coding) => {
    expect((await sentBytes('/docs/start.js', accepted)).coding).toBe(coding);
  });
});
