import { expect, test } from 'vitest';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { postfixReport } from '../bounce-reports.ts';
import { until } from '../eventually.ts';
import { goodPassword, send, temporaryFolder } from '../harness.ts';
import { startMailServer } from '../mail-server.ts';
import { commandLine, serve } from './command-line.ts';

/** Makes an administrator and a user who is invited, so that there is a mail. */
async function invite(origin: string, run: ReturnType<typeof commandLine>) {
  const create = 'users create admin@example.com --superuser --password-stdin';
  await run(create, { input: goodPassword });
  const credentials = { email: 'admin@example.com', password: goodPassword };
  const { body } = await send(origin, 'POST', '/api/login/', { json: credentials });
  const token = body.access_token;
  const json = { email: 'ada@example.com' };
  const { id } = (await send(origin, 'POST', '/api/admin/users/', { token, json })).body;
  const invited = await send(origin, 'POST', `/api/admin/users/${id}/invitation/`, { token });
  return invited.body.url as string;
}

test('without an SMTP server every mail is kept, and read at the command line', async () => {
  using folder = temporaryFolder();
  const run = commandLine(folder.path);
  await using server = await serve(folder.path);
  expect(server.output()).toContain('mail list');
  expect(await run('mail list')).toEqual({ status: 0, stdout: '', stderr: 'There is no mail.\n' });
  const url = await invite(server.origin, run);
  expect((await run('mail list')).stdout).toMatch(
    /^1 .* invitation +ada@example\.com +pending +0 +-$/m,
  );
  expect((await run('mail show --last --code')).stdout).toBe(`${url}\n`);
  expect((await run('mail show 1')).stdout).toContain('Choose a password');
  expect(JSON.parse((await run('mail show 1 --json')).stdout)).toMatchObject({
    ...{ id: 1, kind: 'invitation', state: 'pending', email: 'ada@example.com' },
    text: expect.stringContaining(url),
  });
  expect((await run('mail resend 1')).status).toBe(0);
  expect((await run('mail show 2')).stderr).toBe('There is no such mail.\n');
  expect((await run('mail show')).stderr).toContain('--last');
  const reset = (path: string, json: object) =>
    send(server.origin, 'POST', `/api/password-reset/${path}`, { json });
  const { flow } = (await reset('', { email: 'ada@example.com' })).body;
  const code = (await run('mail show --last --code')).stdout.trim();
  expect((await reset('confirm/', { flow, code, password: goodPassword })).status).toBe(200);
  // A notice has its link before its code.
  expect((await run('mail show --last --code')).stdout).toMatch(/^\d{6}\n$/);
  expect((await run('mail show --last --link')).stdout).toContain('/account/not-me/?token=');
  const other = { env: { LATCHKEY_SECRET_KEY: 'another secret that is long enough for anything' } };
  expect((await run('mail show 1', other)).stderr).toContain('another secret');
});

test('with one they are sent, and the doctor tells whether they can be', async () => {
  using folder = temporaryFolder();
  await using mails = await startMailServer();
  const env = {
    LATCHKEY_SMTP_URL: mails.url,
    LATCHKEY_MAIL_FROM: 'Test <no-reply@example.com>',
    LATCHKEY_MAIL_BOUNCES: 'bounces@example.com',
  };
  const run = commandLine(folder.path, { env });
  await using server = await serve(folder.path, env);
  const url = await invite(server.origin, run);
  const { mail, from } = await mails.next();
  expect(mail.text).toContain(url);
  expect(mail.from?.text).toBe('"Test" <no-reply@example.com>');
  await until(async () => (await run('mail list --state sent')).stdout !== '');
  expect((await run('mail show --last')).stderr).toContain('wiped');
  expect((await run('mail resend 1')).stderr).toContain('was sent or given up');

  const input = postfixReport({ to: from });
  expect(await run('mail bounce', { input: 'Subject: I am away\n\nBye' })).toMatchObject({
    ...{ status: 0, stdout: expect.stringContaining('not a delivery report') },
  });
  expect((await run('mail bounce --to bounces@example.com', { input })).stdout).toBe(
    'Mail 1 came back (5.1.1): its email is marked as unreachable.\n',
  );
  expect(JSON.parse((await run('mail bounce --json', { input })).stdout)).toEqual({
    ...{ mail_id: 1, status: null, is_marked: false },
  });
  expect((await run('mail list')).stdout).toContain('Came back: 5.1.1');
  expect((await run('users show ada@example.com')).stdout).toMatch(/^Mail +comes back since 2/m);
  const nowhere = commandLine(`${folder.path}/nowhere`);
  expect((await nowhere('mail bounce', { input })).status).toBe(75);

  const examine = async (more: Record<string, string> = {}) => {
    const { stdout } = await run('doctor --json', { env: { ...env, ...more } });
    const findings: Finding[] = JSON.parse(stdout);
    return findings.filter(({ check }) => check === 'mail').map((f) => `${f.status}: ${f.message}`);
  };
  const address = mails.url.replace('smtp://', '');
  expect(await examine()).toEqual([`ok: ${address} answers (on this machine)`]);
  expect(
    await examine({ LATCHKEY_SMTP_URL: `smtp://ada%40example.org:secret@${address}` }),
  ).toEqual([
    expect.stringMatching(/^problem: .* cannot be used/),
    'warning: comes from example.com, and is handed in for example.org: receivers may take it for forged',
  ]);
  // By another name of this machine, which is not known to be one: then TLS is required.
  const [, port = ''] = address.split(':');
  expect((await examine({ LATCHKEY_SMTP_URL: `smtp://0.0.0.0:${port}` }))[0]).toMatch(
    /^problem: .*STARTTLS/,
  );
  await mails.close();
  expect(await examine()).toEqual([expect.stringMatching(/^problem: .*ECONNREFUSED/)]);
});
