/**
 * Builds the client into sdk/dist/: `npm run build -w sdk`, which `npm ci` runs too. `index.js` is for
 * bundlers and Node, `standalone.js` is one file with all that it needs, for a page without a bundler.
 */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const inPackage = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const inRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** One file with everything in it, as a page loads it. */
export async function bundleStandalone(): Promise<string> {
  const bundle = await rolldown({ input: inPackage('src/index.ts'), platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  return output[0].code;
}

async function build(): Promise<void> {
  const dist = inPackage('dist');
  rmSync(dist, { recursive: true, force: true });
  const library = await rolldown({
    input: inPackage('src/index.ts'),
    platform: 'neutral',
    external: /^[^./]/,
  });
  await library.write({ dir: dist, format: 'esm' });
  writeFileSync(inPackage('dist/standalone.js'), await bundleStandalone());
  // The types are declared by the TypeScript that checks them, not by the older one of this package.
  const tsc = inRoot('node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '--project', inPackage('tsconfig.json')], {
    stdio: 'inherit',
  });
}

if (import.meta.main) await build();
