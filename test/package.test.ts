import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from './harness.ts';
import { startServerProcess } from './server-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Packs the package and lays it out as `npm install` does: the packed files beside the packages that
 * it declares, and no other. Those come from the repository, so nothing is fetched; the program is
 * built already, and other tests run it.
 */
function installPackage(folder: string): string {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
    stdio: 'ignore',
  });
  const archive = join(folder, `latchkey-${packageJson.version}.tgz`);
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  const path = join(folder, 'node_modules/latchkey');
  mkdirSync(dirname(path));
  renameSync(join(folder, 'package'), path);
  for (const name of Object.keys(packageJson.dependencies)) {
    const link = join(folder, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), link);
  }
  return path;
}

/** A module that makes Node say that it is another version. */
function pretendNode(node: string): string {
  const versions = JSON.stringify({ ...process.versions, node });
  return `data:text/javascript,Object.defineProperty(process, 'versions', { value: ${versions} })`;
}

/** The Nodes of this machine that are too old for us. npm puts ours before them on the path. */
function oldNodes(): string[] {
  const folders = [...new Set(process.env.PATH?.split(delimiter))];
  return folders
    .filter((path) => path !== '' && !path.includes('node_modules'))
    .map((path) => join(path, 'node'))
    .filter((path) => {
      if (!existsSync(path)) return false;
      const { stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
      return Number(/^v(\d+)/.exec(stdout)?.[1] ?? 24) < 24;
    });
}

let folder: ReturnType<typeof temporaryFolder>;
let installed: string;
let main: string;

beforeAll(() => {
  folder = temporaryFolder();
  installed = installPackage(folder.path);
  main = join(installed, packageJson.bin.latchkey);
});
afterAll(() => folder[Symbol.dispose]());

test('the package holds what it needs, and neither sources nor tests', () => {
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  expect(files).toEqual(
    expect.arrayContaining([
      ...['LICENSE', 'README.md', 'CHANGELOG.md'],
      ...['openapi.json', 'dist/assets/scalar.js', 'dist/assets/blocklist.txt'],
      'dist/THIRD-PARTY-LICENSES.txt',
      ...['dist/admin/index.html', 'dist/admin/THIRD-PARTY-LICENSES.md'],
      expect.stringMatching(/^dist\/admin\/assets\/index-.*\.js\.br$/),
    ]),
  );
  expect(files.filter((file) => /\.ts$|\.test\.|(^|\/)(src|test|data)\//.test(file))).toEqual([]);
});

test('the kernel runs it: it has a shebang and may be executed, which the link of npm needs', () => {
  expect(execFileSync(main, ['--help'], { encoding: 'utf8' })).toMatch(/^Usage: latchkey /);
});

test('a Node that is too old is told so', () => {
  const tooOld = spawnSync(process.execPath, ['--import', pretendNode('23.11.0'), main, '--help'], {
    encoding: 'utf8',
  });
  expect(tooOld).toMatchObject({ status: 1, stdout: '' });
  expect(tooOld.stderr).toMatch(/^Latchkey needs Node 24 or newer; this is v/);
  expect(packageJson.engines.node).toBe('>=24');
  for (const node of oldNodes().slice(0, 1)) {
    const { status, stderr } = spawnSync(node, [main, '--help'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(/^Latchkey needs Node 24 or newer; this is v\d.*\n$/),
    });
  }
});

test('before the version is looked at nothing is imported that an older Node lacks', () => {
  for (const path of [main, join(root, 'src/main.ts')]) {
    const imports = readFileSync(path, 'utf8').match(/^(import|export)\b.*["'].*$/gm);
    expect(imports?.map((line) => line.replaceAll('"', "'"))).toEqual([
      "import { fileURLToPath } from 'node:url';", // since Node 10
      "import { setFlagsFromString } from 'node:v8';", // since Node 1
    ]);
  }
});

test('the server runs on its own, with the declared dependencies alone', async () => {
  await using server = await startServerProcess({ main, folder: folder.path });
  // Not on the path: by its own path, because `npx` would take a package of that name from the registry.
  expect(server.output()).toMatch(/^ {2}Administrator {4}\/.*\/dist\/main\.js --data /m);
  const json = { email: 'ada@example.com', password: goodPassword };
  const registered = await send(server.origin, 'POST', '/api/register/', { json });
  expect(registered.body).toEqual({ id: 1, username: '', email: 'ada@example.com' });
  const loggedIn = await send(server.origin, 'POST', '/api/login/', { json });
  expect(loggedIn.status).toBe(200);
  const common = { email: 'bob@example.com', password: 'iloveyou' };
  const refused = await send(server.origin, 'POST', '/api/register/', { json: common });
  expect(refused.body.password).toEqual(['This password is too common.']);

  // The API reference comes along, though the package that it is from does not.
  const script = await send(server.origin, 'GET', '/docs/scalar.js');
  expect([script.status, script.text.includes('@scalar/api-reference')]).toEqual([200, true]);
  const api = await send(server.origin, 'GET', '/openapi.json');
  expect(api.body.info.version).toBe(packageJson.version);
});
