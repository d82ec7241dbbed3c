import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigner } from 'fast-jwt';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  goodPassword,
  startServer,
  type TestServer,
  temporaryFolder,
  testSecret,
} from '../harness.ts';
import { freePort, untilListening } from '../ports.ts';
import { isolatedEnvironment } from '../server-process.ts';
import { codeBlocks, readDocument, root, sectionOf } from './documents.ts';

/** The programs of the page "Protect your API", as they stand there. */

const page = readDocument('docs/guide/protect-your-api.md').text;
const [issuer, audience] = ['https://auth.example.com', 'https://api.example.com'];
const folder = temporaryFolder();
let byKeys: TestServer;
let bySecret: TestServer;

beforeAll(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'));
  // The programs go by the real clock, behind which a test server falls back.
  const pinned = { ACCESS_TOKEN_LIFETIME: 3_600 };
  byKeys = await startServer({
    pinned: { ...pinned, ACCESS_TOKEN_ALGORITHM: 'ES256' },
    issuer,
    audience,
  });
  bySecret = await startServer({ pinned });
});

afterAll(async () => {
  await byKeys[Symbol.asyncDispose]();
  await bySecret[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

type Way = 'HS256' | 'JWKS';

const firstBlock = (section: string) => codeBlocks(sectionOf(page, section))[0]?.text ?? '';

/** The program of a section; with HS256 the lines that the page replaces are replaced. */
function programOf(section: string, way: Way): string {
  const program = firstBlock(section);
  if (way === 'JWKS') return program;
  const [, block] = codeBlocks(sectionOf(page, section === 'Python' ? section : 'Express'));
  const lines = (block?.text ?? '').trimEnd().split('\n');
  return lines.reduce((text, line) => {
    const start = /^(const )?\w+/.exec(line)?.[0] ?? '';
    const replaced = text.split('\n').filter((old) => old.startsWith(start));
    expect(replaced).toHaveLength(1);
    return text.replace(replaced[0] ?? '', () => line);
  }, program);
}

async function startApi(command: string, file: string, way: Way) {
  const port = await freePort();
  const env = isolatedEnvironment(
    way === 'JWKS'
      ? { PORT: String(port), AUTH_URL: byKeys.origin, ISSUER: issuer, AUDIENCE: audience }
      : { PORT: String(port), LATCHKEY_SECRET_KEY: testSecret },
  );
  const child = spawn(command, [file], { cwd: folder.path, env, stdio: 'inherit' });
  await untilListening(port, () => {
    if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`);
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    async hello(token?: string) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const answer = await fetch(`http://127.0.0.1:${port}/hello`, { headers });
      return answer.status === 200 ? ((await answer.json()) as unknown) : answer.status;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

/** Asks a program for what is good, and for what only looks so. */
async function tryApi(command: string, section: string, way: Way): Promise<void> {
  const file = `${section}-${way}.${section === 'Python' ? 'py' : 'mjs'}`;
  writeFileSync(join(folder.path, file), programOf(section, way));
  const server = way === 'JWKS' ? byKeys : bySecret;
  await using api = await startApi(command, file, way);
  const { id, access_token: token } = await server.signUp();
  const other = await (way === 'JWKS' ? bySecret : byKeys).signUp();
  const [header = '', payload = '', signature = ''] = token.split('.');
  const now = Math.floor(Date.now() / 1000);
  const sign = (claims: object, key = testSecret, typ = 'JWT') =>
    createSigner({ key, header: { alg: 'HS256', typ } })({
      user_id: id,
      iss: issuer,
      aud: audience,
      ...claims,
    });
  const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  const bad = {
    nothing: undefined,
    'no token': 'nonsense',
    'of another server': other.access_token,
    'another signature': `${header}.${payload}.${'A'.repeat(signature.length)}`,
    'no signature': `${none}.${payload}.`,
    'another secret': sign({ exp: now + 60 }, 'x'.repeat(40)),
    expired: sign({ exp: now - 60 }),
    'without an end': sign({}),
    'of another kind': sign({ exp: now + 60 }, testSecret, 'at+jwt'),
  };
  expect(await api.hello(token)).toEqual({ user_id: id });
  const answers = [];
  for (const [name, one] of Object.entries(bad)) answers.push([name, await api.hello(one)]);
  expect(answers).toEqual(Object.keys(bad).map((name) => [name, 401]));
}

test.each([
  ['Express', 'HS256'],
  ['Express', 'JWKS'],
  ['Fastify', 'HS256'],
  ['Fastify', 'JWKS'],
] as const)('%s with %s', (section, way) => tryApi(process.execPath, section, way));

/** Another Python than the one on the path, such as one with the package. */
const python = process.env.TEST_PYTHON ?? 'python3';

test.each(['HS256', 'JWKS'] as const)('Python with %s', async (way) => {
  const program = programOf('Python', way);
  const { error, status } = spawnSync(python, ['-c', 'import jwt, cryptography']);
  const hasPython = error === undefined;
  if (hasPython)
    execFileSync(python, ['-c', `compile(${JSON.stringify(program)}, 'page', 'exec')`]);
  if (status === 0) await tryApi(python, 'Python', way);
  else {
    const checked = hasPython ? 'only its syntax was checked' : 'it was not checked at all';
    console.warn(`The Python program with ${way} did not run: ${checked}. Name one: TEST_PYTHON`);
  }
});

test('a browser', async () => {
  await using api = await startApi(process.execPath, 'Express-JWKS.mjs', 'JWKS');
  const program = firstBlock('A browser')
    .replaceAll('browserStorage', 'memoryStorage') // there is no page here
    .replaceAll('https://auth.example.com', byKeys.origin)
    .replaceAll('https://api.example.com', api.origin);
  const file = join(folder.path, 'browser.mjs');
  writeFileSync(file, program);
  const { latchkey, hello } = await import(file);
  const { id, email } = await byKeys.signUp();
  await latchkey.signIn({ email, password: goodPassword });
  expect(await hello()).toEqual({ user_id: id });
});

test('each program has about twenty lines', () => {
  for (const section of ['Express', 'Fastify', 'Python', 'A browser']) {
    const lines = firstBlock(section)
      .split('\n')
      .filter((line) => line.trim() !== '');
    expect([section, lines.length <= 23]).toEqual([section, true]);
  }
});
