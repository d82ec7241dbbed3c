import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { until } from '../eventually.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { commandLine, serve } from './command-line.ts';

const issuer = 'https://auth.example.com';

test('keys are listed, rotated and revoked beside a server that runs', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path, { LATCHKEY_ISSUER: issuer });
  const refusedRotation = await run('keys rotate');
  expect(refusedRotation).toMatchObject({ status: 1, stdout: '' });
  expect(refusedRotation.stderr).toContain('latchkey secret rotate');
  await run('settings set ACCESS_TOKEN_ALGORITHM EdDSA');

  const credentials = { email: 'ada@example.com', password: goodPassword };
  await send(server.origin, 'POST', '/api/register/', { json: credentials });
  const login = async (): Promise<string> =>
    (await send(server.origin, 'POST', '/api/login/', { json: credentials })).body.access_token;
  const published = async () =>
    (await send(server.origin, 'GET', '/.well-known/jwks.json')).body as {
      keys: { kid: string }[];
    };
  const token = await login();
  const { kid = '' } = decodeProtectedHeader(token);

  const elsewhere = { LATCHKEY_SECRET_KEY: 'the secret of quite another server, not of this one' };
  const foreign = await run('keys rotate', { env: elsewhere });
  expect(foreign).toMatchObject({ status: 1, stdout: '' });
  expect(foreign.stderr).toContain('sealed under another secret');

  const next = JSON.parse((await run('keys rotate --json')).stdout);
  expect(Date.parse(next.active_at) - Date.now()).toBeGreaterThan(14 * 60_000);
  expect((await published()).keys.map((key) => key.kid)).toEqual([kid, next.kid]);
  expect((await run('keys rotate')).stderr).toContain(`${next.kid}, is there already`);
  expect(decodeProtectedHeader(await login()).kid).toBe(kid);

  expect((await run(`keys revoke ${kid}`)).status).toBe(2); // nobody is there to ask
  expect(await run(`keys revoke ${kid} --yes`)).toEqual({
    status: 0,
    stdout: `Revoked ${kid}. Its tokens are refused from the next request on.\n`,
    stderr: '',
  });
  expect((await send(server.origin, 'GET', '/api/me/', { token })).status).toBe(401);
  const after = await login();
  const keySet = createLocalJWKSet(await published());
  await expect(jwtVerify(after, keySet, { issuer })).resolves.toBeTruthy();
  await expect(jwtVerify(token, keySet)).rejects.toThrow('no applicable key found');

  expect((await run(`keys revoke ${kid} --yes`)).stderr).toContain('revoked already');
  expect((await run('keys revoke nothing --yes')).stderr).toContain('There is no key nothing.');
  const listed = JSON.parse((await run('keys list --json')).stdout);
  expect(listed).toEqual([
    expect.objectContaining({ kid, state: 'revoked', revoked_at: expect.any(String) }),
    expect.objectContaining({ kid: next.kid, state: 'next', revoked_at: null }),
    expect.objectContaining({
      kid: decodeProtectedHeader(after).kid,
      algorithm: 'EdDSA',
      state: 'signs',
    }),
  ]);
  const table = (await run('keys list')).stdout.split('\n');
  expect(table[0]?.split(/ {2,}/)).toEqual(['KID', 'ALGORITHM', 'STATE', 'SIGNS FROM', 'MADE']);
  expect(table[1]).toMatch(new RegExp(`^${kid} +EdDSA +revoked +\\d{4}-`));
});

test('the first key is there soon after the switch, whether or not anybody asks for it', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  {
    await using _server = await serve(folder.path);
  }
  await run('settings set ACCESS_TOKEN_ALGORITHM EdDSA');
  const soon = 'A server that runs makes the first one for EdDSA within seconds.';
  expect((await run('keys list')).stderr).toBe(`There are no keys.\n${soon}\n`);
  expect((await run('keys rotate')).stderr).toContain('makes the first one within seconds');

  await using _server = await serve(folder.path);
  const states = async () =>
    JSON.parse((await run('keys list --json')).stdout).map(
      ({ algorithm, state }: { algorithm: string; state: string }) => `${algorithm} ${state}`,
    );
  await until(async () => (await states()).length > 0);
  expect(await states()).toEqual(['EdDSA signs']);
  await run('settings set ACCESS_TOKEN_ALGORITHM ES256'); // while it runs
  await until(async () => (await states()).length > 1);
  expect(await states()).toContain('ES256 signs');
});
