/** Builds the published package into dist/: `npm run build`. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));

rmSync(inRoot('dist'), { recursive: true, force: true });
const compiler = inRoot('node_modules/typescript/bin/tsc');
execFileSync(process.execPath, [compiler, '--project', inRoot('tsconfig.build.json')], {
  stdio: 'inherit',
});
chmodSync(inRoot('dist/main.js'), 0o755);

// The page of the API reference. It is a development dependency: it brings hundreds of packages, of which this file is all that we need.
mkdirSync(inRoot('dist/http/assets'), { recursive: true });
copyFileSync(
  inRoot('node_modules/@scalar/api-reference/dist/browser/standalone.js'),
  inRoot('dist/http/assets/scalar.js'),
);
