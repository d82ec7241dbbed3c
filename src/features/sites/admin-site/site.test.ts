import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { adminSitePath } from '../../../lib/own-package.ts';

/** How the admin site is served. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const names = readdirSync(join(adminSitePath, 'assets'));

function policyOf(headers: Headers): Record<string, string> {
  const policy = headers.get('content-security-policy') ?? '';
  return Object.fromEntries(
    policy.split('; ').map((directive) => {
      const [name, ...sources] = directive.split(' ');
      return [name, sources.join(' ')];
    }),
  );
}

describe('the page', () => {
  test.each(['/admin/', '/admin/?x=1'])('is at %s', async (path) => {
    const { status, headers, text } = await server.send('GET', path);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(text).toContain('<div id="root"');
  });

  test('is not at /admin, below which its files would be elsewhere', async () => {
    const { status, headers } = await server.send('GET', '/admin');
    expect([status, headers.get('location')]).toEqual([308, 'admin/']);
  });

  test('may do what the site needs, and nothing else', async () => {
    const { headers, text } = await server.send('GET', '/admin/');
    const [, nonce] = /nonce="([\w+/=]{24})"/.exec(text) ?? [];
    expect(policyOf(headers)).toEqual({
      'default-src': "'none'",
      'script-src': "'self'",
      'style-src': `'nonce-${nonce}'`,
      'img-src': "'self'",
      'connect-src': "'self'",
      'require-trusted-types-for': "'script'",
      'trusted-types': "'none'",
      'base-uri': "'none'",
      'form-action': "'none'",
      'frame-ancestors': "'none'",
    });
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    });
  });

  test('has another nonce each time', async () => {
    const [one, other] = [await server.send('GET', '/admin/'), await server.send('GET', '/admin/')];
    const nonceOf = (text: string) => new Set(text.match(/(?<=nonce=")[^"]*/g));
    expect(nonceOf(one.text).size).toBe(1);
    expect(nonceOf(one.text)).not.toEqual(nonceOf(other.text));
    expect(one.text).not.toContain('__CSP_NONCE__');
  });

  test('has no script in it, and names no other host', async () => {
    const { text } = await server.send('GET', '/admin/');
    expect(text).not.toMatch(
      /<script[^>]*>[^<]|<style(?! nonce=)|\son\w+=|javascript:|https?:\/\//,
    );
    const addresses = [...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(1);
    for (const address of addresses) {
      expect(address).toMatch(/^\.\/assets\/[\w.-]+$/);
      expect((await server.send('GET', `/admin/${address}`)).status).toBe(200);
    }
  });
});

describe('a file of the page', () => {
  const script = names.find((name) => /^index-.*\.js$/.test(name)) ?? '';

  test('is kept for good, for its name changes with it', async () => {
    const { status, headers, text } = await server.send('GET', `/admin/assets/${script}`);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'accept-encoding',
      'x-content-type-options': 'nosniff',
    });
    expect(text).toBe(readFileSync(join(adminSitePath, 'assets', script), 'utf8'));
    const again = await server.send('GET', `/admin/assets/${script}`, {
      headers: { 'if-none-match': headers.get('etag') ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test.each([
    ['br', brotliDecompressSync],
    ['gzip', gunzipSync],
  ])('comes compressed by %s as it was built', async (coding, decompress) => {
    const answer = await server.app.http.inject({
      url: `/admin/assets/${script}`,
      headers: { 'accept-encoding': coding },
    });
    expect(answer.headers['content-encoding']).toBe(coding);
    const plain = readFileSync(join(adminSitePath, 'assets', script));
    expect(decompress(answer.rawPayload).equals(plain)).toBe(true);
  });

  test('that is a picture says so', async () => {
    const picture = names.find((name) => name.endsWith('.svg'));
    const { status, headers } = await server.send('GET', `/admin/assets/${picture}`);
    expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });
});

test.each([
  '/admin/assets/none.js',
  '/admin/assets/',
  `/admin/assets/${names.find((name) => name.endsWith('.br'))}`,
  '/admin/assets/..%2findex.html',
  '/admin/assets/..%2f..%2fmain.js',
  '/admin/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fpackage.json',
  '/admin/assets/..%5c..%5cmain.js',
  '/admin/assets/__proto__',
  '/admin/assets/constructor',
  '/admin/index.html',
  '/admin/sources.sha256',
  '/admin/users',
])('there is nothing at %s', async (path) => {
  const answer = await server.app.http.inject({ url: path });
  expect(answer.statusCode).toBe(404);
  expect(answer.json().code).toBe('not_found');
});
