import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeBlocks, readDocument } from '../docs/documents.ts';
import { until } from '../eventually.ts';
import { startServer, temporaryFolder } from '../harness.ts';
import { freePort } from '../ports.ts';
import { makeCertificate } from '../postgres/make-certificate.ts';
import { startPrefixProxy } from './prefix-proxy.ts';
import { askThrough, type Entrance, walkThrough } from './walk.ts';

/** The server behind proxies: one of our own, and the examples of the guide in the real ones. */

const examples = codeBlocks(readDocument('docs/guide/deploy.md').text);
const exampleOf = (language: string, beginning: string) =>
  examples.find((block) => block.language === language && block.text.startsWith(beginning))?.text ??
  '';

test('below a path, behind a proxy that takes it off and keeps no Host', async () => {
  await using proxy = await startPrefixProxy('/auth/');
  await using server = await startServer({ publicUrl: proxy.url, trustedProxies: ['loopback'] });
  proxy.leadTo(server.origin);
  await walkThrough({ port: Number(new URL(proxy.url).port), publicUrl: proxy.url }, server);
});

/** Runs a proxy until the task is done. */
async function withProxy(
  [command, ...flags]: readonly [string, ...string[]],
  { folder, entrance }: { readonly folder: string; readonly entrance: Entrance },
  task: () => Promise<void>,
): Promise<void> {
  const env = { ...process.env, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder };
  const proxy = spawn(command, flags, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  proxy.stderr.on('data', (text) => {
    said += text;
  });
  const ended = once(proxy, 'exit');
  try {
    await until(async () => {
      if (proxy.exitCode !== null) throw new Error(`${command} ended: ${said}`);
      return askThrough(entrance, `${entrance.publicUrl}healthz`).then(
        ({ status }) => status === 200,
        () => false,
      );
    });
    await task();
  } finally {
    proxy.kill('SIGTERM');
    await ended;
  }
}

const isThere = (command: string, flag: string) => spawnSync(command, [flag]).error === undefined;

describe.runIf(isThere('nginx', '-v'))('nginx', () => {
  const atRoot = exampleOf('nginx', 'server {');
  const belowPath = atRoot
    .replace(/ {4}location \/ \{.*?^ {4}\}/ms, exampleOf('nginx', 'location /auth/'))
    .replaceAll('auth.example.com', 'example.com');

  test.each([
    ['https://auth.example.com/', atRoot],
    ['https://example.com/auth/', belowPath],
  ])('with the example of the guide for %s', async (publicUrl, example) => {
    using folder = temporaryFolder();
    await using server = await startServer({ publicUrl, trustedProxies: ['loopback'] });
    const { hostname } = new URL(publicUrl);
    const made = makeCertificate(hostname);
    const inFolder = (name: string) => join(folder.path, name);
    writeFileSync(inFolder('pem'), made.certificate);
    writeFileSync(inFolder('key'), made.key);
    const [port, plainPort] = [await freePort(), await freePort()];
    const site = example
      .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`)
      .replace(/\/etc\/ssl\/\S+\.(pem|key);/g, (_path, name) => `${inFolder(name)};`)
      .replace('http://127.0.0.1:8000', server.origin);
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${inFolder(name)};`)
      .join('\n');
    writeFileSync(
      inFolder('nginx.conf'),
      `daemon off; master_process off; pid ${inFolder('pid')}; error_log stderr;
      events {} http { access_log off; ${temporary} ${site} }`,
    );
    const entrance = { port, publicUrl };
    const command = ['nginx', '-p', folder.path, '-c', inFolder('nginx.conf')] as const;
    await withProxy([...command], { folder: folder.path, entrance }, async () => {
      await walkThrough(entrance, server);
      const { headers } = await askThrough(entrance, `${publicUrl}healthz`);
      expect(headers['strict-transport-security']).toMatch(/^max-age=\d+$/);
      const plain = { port: plainPort, publicUrl: publicUrl.replace('https:', 'http:') };
      const moved = await askThrough(plain, `${plain.publicUrl}docs`);
      expect([moved.status, moved.headers.location]).toEqual([301, `${publicUrl}docs`]);
    });
  });
});

describe.runIf(isThere('caddy', 'version'))('Caddy', () => {
  test.each([
    ['auth.example.com/', exampleOf('text', 'auth.example.com {')],
    ['example.com/auth/', exampleOf('text', 'example.com {')],
  ])('with the example of the guide for %s', async (where, example) => {
    using folder = temporaryFolder();
    const port = await freePort();
    const [hostname = '', path] = where.split('/', 2);
    // Without TLS, for which Caddy would ask for a certificate.
    const publicUrl = `http://${hostname}:${port}/${path === '' ? '' : `${path}/`}`;
    await using server = await startServer({ publicUrl, trustedProxies: ['loopback'] });
    const site = example
      .replace(`${hostname} {`, `http://${hostname}:${port} {\n\tbind 127.0.0.1`)
      .replace('127.0.0.1:8000', new URL(server.origin).host);
    const file = join(folder.path, 'Caddyfile');
    writeFileSync(file, `{\n\tadmin off\n}\n${site}`);
    const entrance = { port, publicUrl };
    const command = ['caddy', 'run', '--adapter', 'caddyfile', '--config', file] as const;
    await withProxy([...command], { folder: folder.path, entrance }, () =>
      walkThrough(entrance, server),
    );
  });
});
