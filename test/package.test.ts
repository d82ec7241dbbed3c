import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from './harness.ts';
import { startServerProcess } from './server-process.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/**
 * Packs the package and lays it out as `npm install` does: the packed files beside the packages that
 * it declares, and no other. Those come from the repository, so nothing is fetched.
 */
function installPackage(folder: string): string {
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
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

test('the packed package runs on its own, with its declared dependencies alone', async () => {
  using folder = temporaryFolder();
  const path = installPackage(folder.path);
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' });
  const main = join(path, packageJson.bin.latchkey);

  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/http/assets/scalar.js']),
  );
  expect(files.filter((file) => /\.ts$|\.test\.|(^|\/)(src|test|data)\//.test(file))).toEqual([]);

  // The kernel runs it: it has a shebang and the right to be executed, which npm's link needs.
  const help = execFileSync(main, ['--help'], { encoding: 'utf8' });
  expect(help).toMatch(/^Usage: latchkey /);

  await using server = await startServerProcess({ main, folder: folder.path });
  const json = { email: 'ada@example.com', password: goodPassword };
  const registered = await send(server.origin, 'POST', '/api/register/', { json });
  expect(registered.body).toEqual({ id: 1, username: '', email: 'ada@example.com' });
  const loggedIn = await send(server.origin, 'POST', '/api/login/', { json });
  expect(loggedIn.status).toBe(200);
});
