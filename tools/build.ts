/**
 * Builds the program into dist/: `npm run build`, which `npm ci` runs too. With `--if-stale` only where
 * a source is newer than what was built, so that `npm start` runs what is there to be read.
 */
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildAdmin } from './build-admin.ts';

const root = new URL('../', import.meta.url);
const inRoot = (path: string) => fileURLToPath(new URL(path, root));

/**
 * What is built in. The other dependencies are installed beside us, unchanged; but these two are hundreds of small
 * modules each, and loading them one by one is half of the time that a start takes.
 */
const builtIn = ['kysely', 'typebox'];
/** What the pages of the account site load; see site-files.ts. */
const accountFiles = 'src/features/sites/account-site/assets';
/** The list of common passwords, and its licence; see blocklist.ts. */
const blocklist = 'src/features/identity/passwords/blocklist';
const isBuiltIn = (id: string) => builtIn.some((name) => id === name || id.startsWith(`${name}/`));
const isOurs = (id: string) => id.startsWith('.') || id.startsWith('/') || /^[a-z]:\\/i.test(id);

async function build(): Promise<void> {
  // Only here: `npm start` works after dev dependencies were removed as well, where there is nothing to build.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: {
      main: inRoot('src/main.ts'),
      'hash-worker': inRoot('src/features/identity/passwords/hash-worker.ts'),
      'checkpoint-worker': inRoot('src/db/sqlite/checkpoint-worker.ts'),
    },
    platform: 'node',
    external: (id) => !isOurs(id) && !isBuiltIn(id),
  });
  // What was built before goes only now: if this fails, `npm start` still has it.
  const { output } = await bundle.write({
    dir: inRoot('dist'),
    format: 'esm',
    chunkFileNames: '[name].js',
  });
  const kept = new Set(['admin', ...output.map(({ fileName }) => fileName)]);
  for (const name of readdirSync(inRoot('dist'))) {
    if (!kept.has(name)) rmSync(inRoot(`dist/${name}`), { recursive: true });
  }
  const ofPasswords = readFileSync(inRoot(`${blocklist}.license.txt`), 'utf8');
  const licences = [
    ...builtIn.map((name) => readLicence(name)),
    `blocklist.txt, from @zxcvbn-ts/language-common\n\n${ofPasswords}`,
  ];
  writeFileSync(inRoot('dist/THIRD-PARTY-LICENSES.txt'), licences.join('\n\n'));

  // The page of the API reference. It is a development dependency: it brings hundreds of packages, of
  // which this file is all that we need.
  mkdirSync(inRoot('dist/assets'));
  copyFileSync(
    inRoot('node_modules/@scalar/api-reference/dist/browser/standalone.js'),
    inRoot('dist/assets/scalar.js'),
  );
  copyFileSync(inRoot(`${blocklist}.txt`), inRoot('dist/assets/blocklist.txt'));
  for (const name of readdirSync(inRoot(accountFiles))) {
    copyFileSync(inRoot(`${accountFiles}/${name}`), inRoot(`dist/assets/${name}`));
  }
  chmodSync(inRoot('dist/main.js'), 0o755);
}

function readLicence(name: string): string {
  const [file] = globSync(inRoot(`node_modules/${name}/{LICENSE,LICENCE,license}*`));
  if (!file) throw new Error(`${name} has no licence to pass on.`);
  return `${name}\n\n${readFileSync(file, 'utf8').trim()}\n`;
}

function isStale(): boolean {
  const builtAtMs = changedAtMs(inRoot('dist/THIRD-PARTY-LICENSES.txt'));
  const sources = [inRoot('package-lock.json'), inRoot('tools/build.ts'), inRoot('src')];
  const files = globSync(inRoot('src/**'));
  return [...sources, ...files].some((path) => changedAtMs(path) > builtAtMs);
}

/** 0 where there is no such file. */
function changedAtMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (!process.argv.includes('--if-stale') || isStale()) await build();
await buildAdmin();
