import { brotliCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { bundleStandalone } from '../tools/build.ts';

const maxBytes = 7 * 1024;

test('the client and all that it needs is at most 7 KB as browsers load it, with Brotli', async () => {
  const code = await bundleStandalone();
  expect(brotliCompressSync(code).byteLength).toBeLessThanOrEqual(maxBytes);
  // A strict Content-Security-Policy lets it run.
  expect(code).not.toMatch(/\beval\(|\bnew Function\b|\bimport\(/);
});
