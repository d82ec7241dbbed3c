/**
 * Builds the client into sdk/dist/: `npm run build -w sdk`, which `npm ci` runs too. `index.js` is for
 * bundlers and Node, `cjs/` the same for CommonJS, `standalone.js` is for a page without a bundler.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, globSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** One file with everything in it, as a page loads it: no bundler reads the comments that are for one. */
async function bundleForPage(path: string): Promise<string> {
  const bundle = await rolldown({ input: inPackage(path), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true, comments: false });
  return output[0].code;
}

export const bundleStandalone = () => bundleForPage('src/index.ts');

/** What a page needs for passkeys, besides the client. */
export const bundlePasskeys = () => bundleForPage('src/passkeys.ts');

/** What is published of the package: for `import`, for `require`, and for a page without a bundler. */
export async function buildInto(dist: string): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const input = { index: inPackage('src/index.ts'), passkeys: inPackage('src/passkeys.ts') };
  const library = await rolldown({ input, platform: 'neutral' });
  await library.write({ dir: dist, format: 'esm' });
  await library.write({ dir: join(dist, 'cjs'), format: 'cjs' });
  writeFileSync(join(dist, 'standalone.js'), await bundleStandalone());
  // The types are declared by the TypeScript that checks them, not by the older one of this package.
  const tsc = inRoot('node_modules/typescript/bin/tsc');
  const flags = ['--project', inPackage('tsconfig.json'), '--outDir', dist];
  execFileSync(process.execPath, [tsc, ...flags], { stdio: 'inherit' });
  // The same for CommonJS: whether a declaration is of a module depends on the nearest package.json.
  for (const name of globSync('*.d.ts', { cwd: dist })) {
    copyFileSync(join(dist, name), join(dist, 'cjs', name));
  }
  writeFileSync(join(dist, 'cjs', 'package.json'), '{ "type": "commonjs" }\n');
}

if (import.meta.main) await buildInto(inPackage('dist'));
