import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { codeAt } from '../authenticator.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { newAuthenticator } from '../webauthn.ts';
import { commandLine, serve } from './command-line.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytesOf = (base32: string) => {
  const bits = [...base32].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0'));
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
};

test('a role requires a factor, the doctor names who has none, and the operator resets lost ones', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  const email = 'ada@example.com';
  const password = goodPassword;
  await send(server.origin, 'POST', '/api/register/', { json: { email, password } });
  expect((await run('doctor')).stdout).toMatch(/administrators.*there are none/);
  await run('users promote ada@example.com --yes');
  const login = () => send(server.origin, 'POST', '/api/login/', { json: { email, password } });

  await run('roles create support');
  const required = await run('roles require support aal2');
  expect([required.status, required.stdout]).toEqual([
    0,
    'Role support requires a second factor.\n',
  ]);
  expect((await run('roles show support')).stdout).toMatch(
    /^Requires {5}aal2 \(a second factor\)$/m,
  );
  expect(JSON.parse((await run('roles require support phr --json')).stdout)).toMatchObject({
    required_acr: 'phr',
  });
  expect((await run('roles list')).stdout).toMatch(/REQUIRES.*\n.*support .* phr/);
  expect((await run('roles require support aal1')).stdout).toBe(
    'Role support requires no second factor.\n',
  );
  const wrong = await run('roles require support second-factor');
  expect([wrong.status, wrong.stderr]).toEqual([
    2,
    expect.stringContaining(
      'Choose one of aal1 (no second factor), aal2 (a second factor), phr (a passkey).',
    ),
  ]);

  expect((await run('doctor')).stdout).toMatch(/1 administrator without a second factor/);
  const { access_token: token } = (await login()).body;
  const json = { kind: 'totp' };
  const app = (await send(server.origin, 'POST', '/api/me/factors/', { token, json })).body;
  const code = codeAt(bytesOf(app.secret), Math.floor(Date.now() / 30_000));
  const path = `/api/me/factors/${app.id}/confirm/`;
  expect((await send(server.origin, 'POST', path, { token, json: { code } })).status).toBe(200);
  expect((await run('doctor')).stdout).toMatch(/administrators.*each has a second factor/);
  expect((await login()).body.code).toBe('second_factor_required');

  const others = { env: { LATCHKEY_SECRET_KEY: randomBytes(48).toString('base64url') } };
  const lost = (await commandLine(folder.path, others)('doctor')).stdout;
  expect(lost).toMatch(/^problem +apps +the secrets of 1 authenticator app cannot be opened/m);
  expect((await run('doctor')).stdout).not.toContain('cannot be opened');

  const shown = (await run('users factors 1')).stdout;
  expect(shown).toMatch(/^authenticator app +\S.*never/m);
  expect(shown).toContain('Recovery codes left: 10\nSigns in with aal2; required is aal1.\n');
  expect((await run('users show 1')).stdout).toMatch(/^Signs in {7}aal2 \(a second factor\)$/m);
  const reset = await run(`users reset-factors ${email} --reason stolen --yes`);
  expect([reset.status, reset.stdout]).toEqual([
    0,
    `Removed the factors of user 1 (${email}); the password alone signs in now.\n`,
  ]);
  expect((await login()).status).toBe(200);
  expect((await send(server.origin, 'GET', '/api/me/', { token })).body.code).toBe('factors_reset');
  expect((await run('users reset-factors nobody@example.com --yes')).status).not.toBe(0);

  const resets = async () =>
    JSON.parse((await run('audit list --kind factors.reset --json')).stdout).length;
  expect((await run('audit list --kind factors.reset --json')).stdout).toContain('stolen');
  expect(await resets()).toBe(1);
  const none = await run(`users reset-factors ${email} --yes`);
  expect([none.status, none.stdout]).toEqual([1, '']);
  expect(none.stderr).toBe('The account has no factor.\n');
  expect(await resets()).toBe(1);
});

test('what a role requires is said to have no effect while the policy is off', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  await run('roles create support');
  const inTime = await run('roles require support aal2');
  expect(inTime.stderr).toBe(
    'Its users have 7 days, from their next sign-in or refresh, to add one.\n',
  );
  expect((await run('doctor')).stdout).not.toMatch(/problem +roles/);
  await run('settings set SECOND_FACTOR_POLICY off');
  for (const command of ['roles list', 'roles show support', 'roles require support phr']) {
    const said = await run(command);
    expect([said.status, said.stderr]).toEqual([
      0,
      'SECOND_FACTOR_POLICY is off, so nothing is required. To change that: latchkey settings set SECOND_FACTOR_POLICY optional\n',
    ]);
  }
  const found = await run('doctor');
  expect([found.status, found.stdout]).toEqual([
    1,
    expect.stringMatching(
      /^problem +roles +role support requires phr, and SECOND_FACTOR_POLICY is off, so nothing is required\n.*SECOND_FACTOR_POLICY optional/m,
    ),
  ]);
  expect((await run('roles require support aal1')).stderr).toBe('');
  expect((await run('roles list')).stderr).toBe('');
  expect((await run('doctor')).stdout).not.toMatch(/problem +roles/);
});

test('the change that takes the effect from what roles require says so, and names them', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  const off = 'settings set SECOND_FACTOR_POLICY off';
  expect((await run(off)).stderr).toBe('To undo: latchkey settings rollback 1\n');
  await run('settings set SECOND_FACTOR_POLICY required');
  await run('roles create support');
  await run('roles require support phr');
  const warning = (roles: string) =>
    `Warning: ${roles}, and SECOND_FACTOR_POLICY is off, so nothing is required. Let roles require it: ` +
    'latchkey settings set SECOND_FACTOR_POLICY optional. Or require nothing: latchkey roles require support aal1\n';
  const ofOne = warning('role support requires phr');
  const changed = await run(off);
  expect([changed.status, changed.stderr]).toEqual([
    0,
    `To undo: latchkey settings rollback 3\n${ofOne}`,
  ]);
  for (const name of ['sales', 'editors', 'ops', 'audit']) {
    await run(`roles create ${name}`);
    await run(`roles require ${name} aal2`);
  }
  const ofSome = warning('roles support, sales, editors, 2 more require a second factor');
  const asJson = await run(`${off} --json`);
  expect([JSON.parse(asJson.stdout).to, asJson.stderr]).toEqual(['off', ofSome]);
  await run('settings set SECOND_FACTOR_POLICY optional');
  const back = await run('settings rollback 5');
  expect(back.stderr).toBe(`To undo: latchkey settings rollback 6\n${ofSome}`);
  for (const command of ['set ACCESS_TOKEN_LIFETIME 60', 'reset SECOND_FACTOR_POLICY']) {
    expect((await run(`settings ${command}`)).stderr).not.toContain('Warning');
  }
});

test('the doctor says who the administrators without a factor are, and what fits the policy', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await run('migrate');
  for (const name of ['ada', 'bob', 'eve', 'tom']) {
    await run(`users create ${name}@example.com --superuser --no-password`);
  }
  const found = async () => {
    const findings: Finding[] = JSON.parse((await run('doctor --json')).stdout);
    return findings.find(({ check }) => check === 'administrators');
  };
  const ofEverybody = /A password alone .* of everybody, .* SECOND_FACTOR_POLICY required$/;
  expect(await found()).toMatchObject({
    status: 'warning',
    message:
      '4 administrators without a second factor: ada@example.com, bob@example.com, eve@example.com, 1 more',
    advice: expect.stringMatching(ofEverybody),
  });
  await run('roles create support users.view');
  for (const name of ['ada', 'bob', 'eve', 'tom']) {
    await run(`roles assign support ${name}@example.com`);
  }
  const advice = async () => (await found())?.advice;
  expect(await advice()).toMatch(/A password alone .* latchkey roles require ROLE aal2$/);
  await run('roles require support aal2');
  expect(await advice()).toMatch(/^It is required of them\. Until .* add one now\.$/);
  await run('settings set SECOND_FACTOR_POLICY off');
  expect(await advice()).toMatch(/ cannot add a factor, .* SECOND_FACTOR_POLICY optional$/);
  await run('settings set SECOND_FACTOR_POLICY required');
  await run('settings set SECOND_FACTOR_GRACE_PERIOD 0');
  expect(await advice()).toMatch(/^It is required of them, and their time for it is over: /);
});

test('the operator sees a reset that waits, and cancels it', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  for (const name of ['admin', 'ada']) {
    const json = { email: `${name}@example.com`, password: goodPassword };
    await send(server.origin, 'POST', '/api/register/', { json });
  }
  expect((await run('users factors 2')).stdout).toMatch(
    /^No second factor.\nRecovery codes left: 0\n/,
  );
  await run('users promote 1 --yes');
  const signIn = async (name: string): Promise<string> => {
    const json = { email: `${name}@example.com`, password: goodPassword };
    return (await send(server.origin, 'POST', '/api/login/', { json })).body.access_token;
  };
  const admin = await signIn('admin');
  const ada = await signIn('ada');
  const json = { kind: 'totp' };
  const app = (await send(server.origin, 'POST', '/api/me/factors/', { token: ada, json })).body;
  const code = codeAt(bytesOf(app.secret), Math.floor(Date.now() / 30_000));
  await send(server.origin, 'POST', `/api/me/factors/${app.id}/confirm/`, {
    token: ada,
    json: { code },
  });
  const none = await run('users reset-factors 2 --cancel');
  expect([none.status, none.stderr]).toEqual([
    1,
    expect.stringContaining('No reset of the factors of user 2 (ada@example.com) waits.'),
  ]);
  const path = '/api/admin/users/2/factors/reset/';
  const asked = { token: admin, json: { reason: 'lost' } };
  expect((await send(server.origin, 'POST', path, asked)).status).toBe(200);
  const waiting = await run('users factors ada@example.com');
  expect(waiting.stdout).toMatch(/^A reset waits until .*: lost$/m);
  expect(waiting.stderr).toContain('latchkey users reset-factors 2 --cancel');
  // The user is told where the command knows of mail.
  const env = { LATCHKEY_SMTP_URL: 'smtp://127.0.0.1:1', LATCHKEY_MAIL_FROM: 'a@example.com' };
  expect((await run('users reset-factors 2 --cancel', { env })).stdout).toBe(
    'Cancelled the reset of the factors of user 2 (ada@example.com).\n',
  );
  expect((await run('mail show --last')).stdout).toContain('Cancelled by: an administrator');
  expect(JSON.parse((await run('users factors 2 --json')).stdout)).toMatchObject({
    ...{ id: 2, acr: 'aal2', required_acr: 'aal1', reset: null },
    authenticator_apps: [{ id: app.id }],
  });
  const events = (await run('audit list --json')).stdout;
  expect(events).toContain('factors.reset_cancelled');
});

test('a passkey is not required where there are none, and the doctor names roles that require one', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  {
    await using _server = await serve(folder.path, { LATCHKEY_PUBLIC_URL: 'https://192.0.2.7/' });
    await run('roles create support');
    const unaware = await run('roles require support phr');
    expect([unaware.status, unaware.stderr]).toEqual([
      2,
      expect.stringContaining('Set LATCHKEY_PUBLIC_URL to a URL with a domain'),
    ]);
  }
  await using server = await serve(folder.path);
  expect(server.origin).toMatch(/^http/);
  const withIp = { env: { LATCHKEY_PUBLIC_URL: 'https://192.0.2.7/' } };
  const onIp = commandLine(folder.path, withIp);
  const refused = await onIp('roles require support phr');
  expect(refused.status).not.toBe(0);
  expect(refused.stderr).toContain('Set LATCHKEY_PUBLIC_URL to a URL with a domain');
  expect((await run('roles show support')).stdout).toMatch(/^Requires {5}aal1/m);
  expect((await run('roles require support phr')).status).toBe(0);

  const json = { email: 'ada@example.com', password: goodPassword };
  const { body: user } = await send(server.origin, 'POST', '/api/register/', { json });
  const signedIn = await send(server.origin, 'POST', '/api/login/', { json });
  const { access_token: token } = signedIn.body;
  const asked = await send(server.origin, 'POST', '/api/me/passkeys/options/', { token });
  const credential = newAuthenticator().create(asked.body);
  const added = { token, json: { credential } };
  expect((await send(server.origin, 'POST', '/api/me/passkeys/', added)).status).toBe(201);
  expect((await run(`users factors ${user.id}`)).stdout).toMatch(/^passkey {2}/m);
  expect((await onIp(`users factors ${user.id}`)).stdout).toMatch(
    /^passkey of another domain {2}/m,
  );

  expect((await run('doctor')).stdout).not.toMatch(/problem +roles/);
  const found = await onIp('doctor');
  expect(found.stdout).toMatch(/^problem +roles +role support requires a passkey/m);
  expect(found.stdout).toContain('latchkey roles require support aal2');
  expect(found.status).toBe(1);
  const again = await onIp('roles require support phr');
  expect([again.status, again.stdout, again.stderr]).toEqual([
    1,
    '',
    'Role support requires a passkey already, and this server has none: its public URL has an IP. Require less: latchkey roles require support aal2\n',
  ]);
});

test('a command on a running server has its RP ID, unless it is given one', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  const url = { LATCHKEY_PUBLIC_URL: 'https://auth.example.com/' };
  await using server = await serve(folder.path, { ...url, LATCHKEY_PASSKEY_RP_ID: 'example.com' });
  const json = { email: 'ada@example.com', password: goodPassword };
  await send(server.origin, 'POST', '/api/register/', { json });
  const { access_token: token } = (await send(server.origin, 'POST', '/api/login/', { json })).body;
  const asked = await send(server.origin, 'POST', '/api/me/passkeys/options/', { token });
  const credential = newAuthenticator().create(asked.body, 'https://auth.example.com');
  const added = { token, json: { credential } };
  expect((await send(server.origin, 'POST', '/api/me/passkeys/', added)).status).toBe(201);
  for (const env of [{}, url]) {
    expect((await run('users factors 1', { env })).stdout).toMatch(/^passkey {2}/m);
    expect((await run('doctor', { env })).stdout).toMatch(/1 passkey for the RP ID "example.com"/);
  }
  const others = [
    { ...url, LATCHKEY_PASSKEY_RP_ID: 'auth.example.com' },
    { LATCHKEY_PUBLIC_URL: 'https://new.example.org/' }, // of which the RP ID follows
  ];
  for (const env of others) {
    expect((await run('users factors 1', { env })).stdout).toMatch(/^passkey of another domain/m);
    expect((await run('doctor', { env })).stdout).toMatch(
      /^problem +passkeys +1 passkey for the RP ID "example.com" cannot be used/m,
    );
  }
});
