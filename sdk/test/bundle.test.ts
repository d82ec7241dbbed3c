import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundlePasskeys, bundleStandalone } from '../tools/build.ts';

const maxBytes = 7 * 1024;

test('the client and all that it needs is at most 7 KB as browsers load it, with Brotli', async () => {
  const code = await bundleStandalone();
  expect(brotliCompressSync(code).byteLength).toBeLessThanOrEqual(maxBytes);
  // A strict Content-Security-Policy lets it run.
  expect(code).not.toMatch(/\beval\(|\bnew Function\b|\bimport\(/);
});

test('what passkeys need besides is at most 4 KB, and imports nothing', async () => {
  const code = await bundlePasskeys();
  expect(brotliCompressSync(code).byteLength).toBeLessThanOrEqual(4 * 1024);
  expect(code).not.toMatch(/\beval\(|\bnew Function\b|\bimport\b|\brequire\(/);
});
