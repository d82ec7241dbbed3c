import { expect, test } from 'vitest';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { startMailServer } from '../mail-server.ts';
import { commandLine, serve } from './command-line.ts';

const accept = (origin: string, url: string) =>
  send(origin, 'POST', '/api/invitation/', {
    json: { token: new URL(url).searchParams.get('token'), password: goodPassword },
  });

test('where there is no mail the link is printed: it works once, and a newer one voids it', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path, { LATCHKEY_PUBLIC_URL: 'http://localhost:81/in/' });
  await run('roles create support users.view');
  expect(await run('users invite Ada@example.com --role suport')).toMatchObject({
    ...{ status: 1, stdout: '', stderr: 'No role "suport". See: latchkey roles list\n' },
  });
  expect((await run('users list')).stderr).toBe('No users yet.\n');
  const first = await run('users invite Ada@example.com --role support');
  expect(first).toMatchObject({ status: 0, stderr: expect.stringContaining('No mail is sent') });
  const [said = '', url = ''] = first.stdout.split('\n');
  expect(said).toMatch(/^Invited user 1 \(Ada@example\.com\) until \d{4}-\d\d-\d\d /);
  expect(url).toMatch(/^http:\/\/localhost:81\/in\/account\/invitation\/\?token=[\w-]{43}$/);
  const shown = JSON.parse((await run('users show 1 --json')).stdout);
  expect(shown).toMatchObject({ has_password: false, is_superuser: false, roles: ['support'] });

  const second = JSON.parse((await run('users invite 1 --json')).stdout);
  expect(second).toEqual({
    ...{
      id: 1,
      email: 'Ada@example.com',
      url: expect.stringContaining('token='),
      is_mailed: false,
    },
    expires_at: expect.stringMatching(/Z$/),
  });
  expect((await accept(server.origin, url)).body.code).toBe('invalid_link_token');
  expect((await accept(server.origin, second.url)).status).toBe(200);
  const json = { email: 'ada@example.com', password: goodPassword };
  expect((await send(server.origin, 'POST', '/api/login/', { json })).status).toBe(200);

  await run('roles create others users.view');
  const late = await run('users invite ada@example.com --role others');
  expect([late.status, late.stdout]).toEqual([1, '']);
  expect(late.stderr).toContain('has a password');
  expect(JSON.parse((await run('users show 1 --json')).stdout).roles).toEqual(['support']);
  expect(await run('users invite 9')).toMatchObject({
    ...{ status: 1, stderr: 'No user 9. See: latchkey users list\n' },
  });
  expect((await run('users invite nobody')).status).toBe(2);
  const events = JSON.parse((await run('audit list --kind invitation.created --json')).stdout);
  expect(JSON.stringify(events)).not.toContain(new URL(second.url).searchParams.get('token'));
  expect(events).toHaveLength(2);
});

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::1', '[::1]'],
  ['fe80::1%eth0', '[fe80::1]'],
])('without a public URL the link of a server at %s leads to %s', async (host, name) => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path, { env: { LATCHKEY_HOST: host } });
  await run('migrate');
  const { stdout } = await run('users invite grace@example.com');
  expect(stdout).toContain(`\nhttp://${name}:8000/account/invitation/?token=`);
});

test('where there is an SMTP server the link is mailed', async () => {
  using folder = temporaryFolder();
  await using mails = await startMailServer();
  const env = { LATCHKEY_SMTP_URL: mails.url, LATCHKEY_MAIL_FROM: 'Test <no-reply@example.com>' };
  await using server = await serve(folder.path, env);
  const run = commandLine(folder.path, { env });
  const invited = await run('users invite grace@example.com');
  expect(invited).toMatchObject({ status: 0, stderr: expect.stringContaining('mails this link') });
  const { mail } = await mails.next();
  const [url = ''] = /http\S+token=[\w-]+/.exec(mail.text ?? '') ?? [];
  expect(invited.stdout.split('\n')[1]).toBe(url);
  expect((await accept(server.origin, url)).status).toBe(200);
});

test('where only the command has an SMTP server the link is printed all the same', async () => {
  using folder = temporaryFolder();
  await using server = await serve(folder.path);
  const env = {
    LATCHKEY_SMTP_URL: 'smtp://localhost:9',
    LATCHKEY_MAIL_FROM: 'Test <no-reply@example.com>',
  };
  const run = commandLine(folder.path, { env });
  const invited = await run('users invite grace@example.com');
  expect(invited).toMatchObject({
    status: 0,
    stderr: expect.stringContaining('If no mail arrives, send it to them.'),
  });
  expect((await accept(server.origin, invited.stdout.split('\n')[1] ?? '')).status).toBe(200);
});
