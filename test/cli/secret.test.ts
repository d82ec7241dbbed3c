import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { shownCode } from '../authenticator.ts';
import { until } from '../eventually.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { commandLine, serve } from './command-line.ts';

const secretsIn = (folder: string) =>
  readFileSync(join(folder, 'secret-key'), 'utf8').trim().split('\n');

test('a new secret logs nobody out, and a retired one makes no token good', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const doctor = async () => {
    const findings: { check: string; status: string; message: string }[] = JSON.parse(
      (await run('doctor --json')).stdout,
    );
    return findings
      .filter(({ check }) => check === 'older secrets')
      .map(({ status, message }) => `${status}: ${message}`);
  };
  const said: string[] = [];
  const heard = async (args: string) => {
    const outcome = await run(args);
    said.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  expect((await heard('secret rotate')).status).toBe(1); // there is none yet

  const credentials = { email: 'ada@example.com', password: goodPassword };
  let tokens: { access_token: string; refresh_token: string };
  {
    await using server = await serve(folder.path);
    await send(server.origin, 'POST', '/api/register/', { json: credentials });
    tokens = (await send(server.origin, 'POST', '/api/login/', { json: credentials })).body;
    const file = join(folder.path, 'secret-key');
    const rotated = await heard('secret rotate');
    expect(rotated).toMatchObject({
      status: 0,
      stdout: `Made a new secret in ${file}; 1 older one still good.\n`,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect((await doctor())[0]).toMatch(/^warning: the server was not restarted since/);
  }
  const [current = '', older = ''] = secretsIn(folder.path);
  expect(secretsIn(folder.path)).toHaveLength(2);
  {
    await using server = await serve(folder.path);
    expect(await doctor()).toEqual([
      expect.stringMatching(/^ok: 1 older secret in the data folder: needed until 2/),
    ]);
    const { access_token: token, refresh_token } = tokens;
    expect((await send(server.origin, 'GET', '/api/me/', { token })).status).toBe(200);
    const refreshed = await send(server.origin, 'POST', '/api/refresh/', {
      json: { refresh_token },
    });
    expect(refreshed.status).toBe(200);
    tokens = refreshed.body;

    expect((await heard('secret retire')).status).toBe(2); // nobody is there to ask
    const longAgo = Date.now() / 1000 - 31 * 86_400;
    utimesSync(join(folder.path, 'secret-key'), longAgo, longAgo);
    expect((await doctor())[0]).toMatch(/^warning: 1 older secret.*: nothing needs them any more/);
    expect(JSON.parse((await heard('secret retire --yes --json')).stdout)).toMatchObject({
      retired_secrets: 1,
    });
    expect(secretsIn(folder.path)).toEqual([current]);
    expect((await heard('secret retire')).stdout).toBe('There are no older secrets.\n');
    expect(await doctor()).toEqual([
      'warning: the server was not restarted since some were dropped, and still accepts them',
    ]);
  }
  await using server = await serve(folder.path);
  expect(await doctor()).toEqual([]);
  const { refresh_token } = tokens;
  const json = { refresh_token };
  expect((await send(server.origin, 'POST', '/api/refresh/', { json })).status).toBe(200);
  expect(readdirSync(folder.path).filter((name) => name.startsWith('secret'))).toEqual([
    'secret-key',
  ]);
  for (const secret of [current, older]) expect(said.join('')).not.toContain(secret);
});

test('a secret that was lost is missed by the doctor, and by the server that makes another', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const doctor = async (env = {}) => {
    const { status, stdout } = await run('doctor', { env });
    return { status, said: /^problem +secret key +(.*)\n/m.exec(stdout)?.[1] };
  };
  const credentials = { email: 'ada@example.com', password: goodPassword };
  {
    await using server = await serve(folder.path);
    await send(server.origin, 'POST', '/api/register/', { json: credentials });
    await send(server.origin, 'POST', '/api/login/', { json: credentials });
  }
  const [lost = ''] = secretsIn(folder.path);
  rmSync(join(folder.path, 'secret-key'));
  expect(await doctor()).toEqual({
    status: 1,
    said: 'is not here, and the database was used with one: 1 session will not be refreshed with another',
  });
  const foreign = 'is not the one that the database was used with: 1 session will not be refreshed';
  expect(await doctor({ LATCHKEY_SECRET_KEY: 'q8Zr-'.padEnd(40, 'x7Kw2') })).toMatchObject({
    status: 1,
    said: foreign,
  });
  {
    await using server = await serve(folder.path, { LATCHKEY_SECRETKEY: lost });
    // It has gone on with the log of the one before.
    await until(() => server.log().includes('audit log is broken'));
    const lines = server
      .log()
      .split('\n')
      .filter((line) => line.includes('this secret is not'));
    expect(lines).toEqual([
      expect.stringMatching(/"sessions":1,.*1 session will not be refreshed\. /),
    ]);
    expect(server.log()).toContain('LATCHKEY_SECRETKEY (did you mean LATCHKEY_SECRET_KEY?)');
    expect(server.log()).not.toContain(lost);
  }
  const after = await doctor();
  expect(after.said).toMatch(
    /^another one was put in its place, .*: 1 session will not be refreshed$/,
  );
  expect(await doctor({ LATCHKEY_SECRET_KEY_FALLBACKS: lost })).toMatchObject({ status: 0 });
});

test('a secret that is in the environment is not rotated here', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const env = { LATCHKEY_SECRET_KEY: 'x'.repeat(40) };
  const outside = await run('secret rotate', { env });
  expect(outside).toMatchObject({ status: 1, stdout: '' });
  expect(outside.stderr).toContain('LATCHKEY_SECRET_KEY_FALLBACKS');
  expect(outside.stderr).not.toContain(env.LATCHKEY_SECRET_KEY);
});

test('authenticator apps work on under the new secret, once the older one is retired', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const credentials = { email: 'ada@example.com', password: goodPassword };
  const logIn = async (origin: string): Promise<string> =>
    (await send(origin, 'POST', '/api/login/', { json: credentials })).body.access_token;
  let app: { readonly id: number; readonly secret: string };
  {
    await using server = await serve(folder.path);
    await send(server.origin, 'POST', '/api/register/', { json: credentials });
    const token = await logIn(server.origin);
    const json = { kind: 'totp' };
    app = (await send(server.origin, 'POST', '/api/me/factors/', { token, json })).body;
    expect((await run('secret rotate')).status).toBe(0);
    expect((await run('secret retire --yes')).status).toBe(0);
  }
  await using server = await serve(folder.path);
  const json = { code: shownCode({ clock: systemClock }, app.secret) };
  const token = await logIn(server.origin);
  const path = `/api/me/factors/${app.id}/confirm/`;
  expect((await send(server.origin, 'POST', path, { token, json })).status).toBe(200);
});
