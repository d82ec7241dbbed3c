import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandLine, serve } from './cli/command-line.ts';
import { root } from './docs/documents.ts';
import { temporaryFolder } from './harness.ts';
import { isolatedEnvironment, startServerProcess } from './server-process.ts';

test('the command that a start prints works as it stands, on the database of that start', async () => {
  using folder = temporaryFolder();
  const data = join(folder.path, "it's here");
  await using server = await startServerProcess({
    folder: folder.path,
    environment: { LATCHKEY_DATA_DIR: data },
  });
  const command = /Administrator {4}(.*)/.exec(server.output())?.[1] ?? '';
  // In a terminal that knows nothing of the server's environment.
  const printed = execFileSync('sh', ['-c', `${command} --no-password --json`], {
    cwd: root,
    env: isolatedEnvironment(),
    encoding: 'utf8',
  });
  expect(printed).toContain('"email": "you@example.com"');
  const again = execFileSync(
    process.execPath,
    ['src/main.ts', 'users', 'list', '--json', '--data', data],
    { cwd: root, env: isolatedEnvironment(), encoding: 'utf8' },
  );
  expect(again).toContain('you@example.com');
});

test('the start names the public URL, where passkeys work, and where it listens', async () => {
  using folder = temporaryFolder();
  const environment = { LATCHKEY_PUBLIC_URL: 'http://localhost:8123/auth/' };
  await using server = await serve(folder.path, environment);
  const said = server.output();
  expect(said).toContain('running at http://localhost:8123/auth\n');
  expect(said).toMatch(/^ {2}Admin site {7}http:\/\/localhost:8123\/auth\/admin\/$/m);
  expect(said).toMatch(/^ {2}Listens at {7}http:\/\/127\.0\.0\.1:\d+$/m);
  expect(said).toMatch(/^ {2}http:\/\/localhost:8123\/auth\/account\/setup\/\?token=/m);
});

/** What only machines on the same link reach, with the interface that leads to it; undefined: this machine has none. */
const linkLocal = Object.entries(networkInterfaces()).flatMap(([name, ips = []]) =>
  ips.filter(({ scopeid }) => scopeid).map(({ address }) => ({ address, zone: name })),
)[0];

test.skipIf(!linkLocal)(
  'a server at an ip with a zone starts, and names URLs that a browser reads',
  async () => {
    using folder = temporaryFolder();
    const { address, zone } = linkLocal ?? {};
    await using server = await serve(folder.path, { LATCHKEY_HOST: `${address}%${zone}` });
    expect(server.output()).toContain(`running at http://[${address}]:`);
  },
);

test('the URL of a server that listens at every ip is that of the loopback', async () => {
  using folder = temporaryFolder();
  await using server = await serve(folder.path, { LATCHKEY_HOST: '::' });
  const { output } = server;
  expect(output()).toMatch(/running at http:\/\/127\.0\.0\.1:\d+$/m);
  expect(output()).toMatch(/^ {2}http:\/\/127\.0\.0\.1:\d+\/account\/setup\/\?token=/m);
});

test('with an administrator the start does not say how to make one', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  await run('users create you@example.com --superuser --no-password');
  await using server = await serve(folder.path);
  expect(server.output()).toContain('Latchkey is running at');
  expect(server.output()).not.toContain('Administrator');
});
