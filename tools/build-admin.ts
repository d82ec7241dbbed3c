/**
 * Builds the admin site into dist/admin/, compressed as browsers take it. What was built from the very
 * same sources is left as it is: unlike the rest, this takes seconds.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const root = new URL('../', import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));

/** Says what was built from. */
const stamp = inRoot('dist/admin/sources.sha256');

const sources = [
  'admin/{src,index.html,package.json,vite.config.ts}',
  'admin/src/**',
  'sdk/src/**',
  'package-lock.json',
  'tools/build-admin.ts',
];

export async function buildAdmin(): Promise<void> {
  const hash = hashSources();
  if (readOrNothing(stamp) === hash) return;
  const { build, createLogger } = await import('vite'); // which takes long to load
  const logger = createLogger('warn');
  await build({ configFile: inRoot('admin/vite.config.ts'), customLogger: logger });
  await Promise.all(globSync(inRoot('dist/admin/assets/*')).map(compress));
  writeFileSync(stamp, hash);
}

function hashSources(): string {
  const hash = createHash('sha256');
  for (const path of sources.flatMap((pattern) => globSync(inRoot(pattern))).sort()) {
    if (statSync(path).isFile()) hash.update(`${path}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

async function compress(path: string): Promise<void> {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params }),
    promisify(gzip)(bytes, { level: 9 }),
  ]);
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
}

function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
