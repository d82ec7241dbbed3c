import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { eventually } from '../../../../test/eventually.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { movePasskeysToFormerDomain, newAuthenticator } from '../../../../test/webauthn.ts';

/** Accounts that have to have a second factor: what their users are told, and what opens to them once it is due. */

const graceSeconds = 7 * 86_400;
const server = await startServer({
  pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: graceSeconds },
});
afterAll(() => server[Symbol.asyncDispose]());

const path = '/account/sign-in/enrolment/';
const secretOf = (text: string) =>
  (/<code class="secret">([^<]*)</.exec(text)?.[1] ?? '').replaceAll(' ', '');

/** A user whose time for adding a factor is over, and a browser that has sent the password. */
async function due(query = '') {
  const user = await server.signUp();
  const { db } = server.deps.database;
  const dueAtMs = server.clock.nowMs() - 1;
  await db
    .updateTable('users')
    .set({ factor_due_at_ms: dueAtMs })
    .where('id', '=', user.id)
    .execute();
  const browser = createVisitor(server);
  const form = { email: user.email, password: goodPassword };
  const page = await browser.submit(`/account/sign-in/${query}`, form);
  return { user, browser, page };
}

test('before it is due the pages say until when, on the overview and on the page of security', async () => {
  const { email } = await server.signUp();
  const browser = createVisitor(server);
  await browser.signIn(email);
  for (const page of ['/account/', '/account/security/']) {
    expect(textOf(await browser.get(page))).toMatch(
      /Set up a second factor by \w+ \d+, \d{4}\. After that you can sign in only to set one up\./,
    );
  }
  await browser.submit('/account/'); // what is required cannot be closed
  expect(textOf(await browser.get('/account/'))).toContain('Set up a second factor by');
});

test('the secret is shown in the sign-in alone that began it', async () => {
  const { user, browser, page } = await due();
  const shown = await browser.submit(page.path, { name: 'Phone' });
  const thief = createVisitor(server);
  const form = { email: user.email, password: goodPassword };
  expect((await thief.submit('/account/sign-in/', form)).path).toBe(path);
  expect(secretOf((await thief.get(shown.path)).text)).toBe('');
  expect(secretOf((await browser.get(shown.path)).text)).toBe(secretOf(shown.text));
});

test('after it only enrolment opens: an app, a code, the recovery codes, and the account', async () => {
  const { user, browser, page } = await due('?return_to=%2Faccount%2Fsessions%2F');
  expect(page.path).toBe(`${path}?return_to=%2Faccount%2Fsessions%2F`);
  expect(textOf(page)).toContain(`To sign in as ${user.email}, a password is not enough`);
  expect(browser.cookies.has('latchkey_account')).toBe(false);
  const shown = await browser.submit(page.path, { name: 'Phone' });
  const secret = secretOf(shown.text);
  const wrong = await browser.post(shown.path, { code: '000000' });
  expect([wrong.status, textOf(wrong)]).toEqual([
    400,
    expect.stringContaining('This code is not right. You have 4 more tries.'),
  ]);
  expect(secretOf(wrong.text)).toBe(secret);
  const done = await browser.post(shown.path, { code: shownCode(server, secret) });
  expect(done.status).toBe(200);
  expect([...done.text.matchAll(/<li><code>/g)]).toHaveLength(10);
  expect(done.text).toContain('href="../../../account/sessions/"');
  const overview = await browser.get('/account/');
  expect([overview.status, textOf(overview)]).toEqual([
    200,
    expect.stringContaining('Second factor one app'),
  ]);
  expect(textOf(await browser.get(path))).toContain('Sign in again');
});

test('five wrong codes end it', async () => {
  const { browser, page } = await due();
  const shown = await browser.submit(page.path, { name: 'Phone' });
  for (let tries = 0; tries < 4; tries += 1) await browser.post(shown.path, { code: '000000' });
  const over = await browser.submit(shown.path, { code: '000000' });
  expect(over.path).toBe('/account/sign-in/');
  expect(textOf(over)).toContain('The second step took too long');
});

describe('the last factor', () => {
  test('of an obliged user cannot be removed, and the page says why', async () => {
    const user = await server.signUp();
    const app = await addApp(server, user);
    const browser = createVisitor(server);
    const form = { email: user.email, password: goodPassword };
    const asked = await browser.submit('/account/sign-in/', form);
    server.clock.advance(30_000);
    await browser.submit(asked.path, { code: shownCode(server, app.secret) });
    const remove = `/account/security/remove/?kind=totp&id=${app.id}`;
    const shown = await browser.get(remove);
    expect(textOf(shown)).toContain('Your account must have a second factor');
    expect(shown.text).toContain('/account/security/app/">Add an app</a>');
    const page = await browser.post(remove);
    expect([page.status, textOf(page)]).toEqual([
      409,
      expect.stringContaining('You need a second factor here, and this is your last one.'),
    ]);
    for (const { text } of [shown, page]) {
      expect(text).not.toContain('your password alone will open');
      expect(text).not.toContain('>Remove</button>');
    }
  });
});

test('a passkey is set up in its place, and signs in with it', async () => {
  const { user, browser, page } = await due();
  const [, json = ''] = /data-options="([^"]*)"/.exec(page.text) ?? [];
  const asked = { public_key: JSON.parse(json.replaceAll('&quot;', '"')) };
  const credential = JSON.stringify(newAuthenticator().create(asked));
  const done = await browser.post(page.path, { credential });
  expect([done.status, textOf(done)]).toEqual([
    200,
    expect.stringContaining('The passkey is added. You can sign in with it from now on.'),
  ]);
  expect(textOf(await browser.get('/account/'))).toContain('Second factor one passkey');
  const sessions = await server.deps.database.db
    .selectFrom('sessions')
    .select('auth_level')
    .where('user_id', '=', user.id)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(sessions.auth_level).toBe(3);
});

test('a session that outlives the factor that it began with reads that one is due now, not by a day that is over', async () => {
  const { user, browser, page } = await due();
  const [, json = ''] = /data-options="([^"]*)"/.exec(page.text) ?? [];
  const asked = { public_key: JSON.parse(json.replaceAll('&quot;', '"')) };
  const credential = JSON.stringify(newAuthenticator().create(asked));
  expect((await browser.post(page.path, { credential })).status).toBe(200);
  await movePasskeysToFormerDomain(server, user.id);
  for (const path of ['/account/', '/account/security/']) {
    const text = textOf(await browser.get(path));
    expect(text).toContain(
      'Your account needs a second factor now. You can sign in only to set one up.',
    );
    expect(text).not.toContain('Set up a second factor by');
  }
});

test.each(['app', 'passkey'])(
  'the device is remembered with the %s, if one asks for it',
  async (kind) => {
    const { user, browser, page } = await due();
    const form = { email: user.email, password: goodPassword };
    const label = 'Do not ask on this device for 30 days';
    let done: Awaited<ReturnType<typeof browser.post>>;
    if (kind === 'app') {
      const shown = await browser.submit(page.path, { name: 'Phone' });
      expect(textOf(shown)).toContain(label);
      const wrong = await browser.post(shown.path, { code: '000000', remember: 'on' });
      expect(wrong.text).toMatch(/name="remember"[^>]* checked/);
      const code = shownCode(server, secretOf(shown.text));
      done = await browser.post(shown.path, { code, remember: 'on' });
    } else {
      expect(textOf(page)).toContain(label);
      const [, json = ''] = /data-options="([^"]*)"/.exec(page.text) ?? [];
      const asked = { public_key: JSON.parse(json.replaceAll('&quot;', '"')) };
      const credential = JSON.stringify(newAuthenticator().create(asked));
      done = await browser.post(page.path, { credential, remember: 'on' });
    }
    expect(done.status).toBe(200);
    await browser.submit('/account/sign-out/');
    expect((await browser.submit('/account/sign-in/', form)).path).toBe('/account/');
    const other = await createVisitor(server).submit('/account/sign-in/', form);
    expect(other.path).toBe('/account/sign-in/second-factor/');
  },
);

test('who has to have a passkey by now is asked for it, even with an app begun, and not to remember the device', async () => {
  const { user, browser, page } = await due();
  expect(page.text).toContain('name="remember"');
  const begun = await browser.submit(page.path, { name: 'Phone' });
  expect(begun.text).toContain('name="remember"');
  const { db } = server.deps.database;
  const { id } = await db
    .insertInto('roles')
    .values({ name: 'strict', required_level: 3, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: id }).execute();
  const code = shownCode(server, secretOf(begun.text));
  for (const strict of [
    await browser.get(page.path),
    await browser.get(begun.path),
    await browser.post(begun.path, { code }),
  ]) {
    expect(strict.text).toContain('data-passkey="create"');
    expect(strict.text).not.toContain('name="code"');
    expect(strict.text).not.toContain('name="remember"');
  }
});

test('at the admin site it ends the session that the browser had there', async () => {
  const headers = { 'x-latchkey-admin': '1', 'sec-fetch-site': 'same-origin' };
  const signIn = (email: string, more: Record<string, string> = {}, password = goodPassword) =>
    server.send('POST', '/admin/session/', {
      headers: { ...headers, ...more },
      json: { email, password },
    });
  const earlier = await signIn((await server.signUpAdmin(['users.view'])).email);
  expect(earlier.status).toBe(200);
  const me = () => server.send('GET', '/api/me/', { token: earlier.body.access_token });
  const [cookie = ''] = earlier.headers.get('set-cookie')?.split(';', 1) ?? [];
  const { id, email } = await server.signUpAdmin(['users.view']);
  const dueAtMs = server.clock.nowMs() - 1;
  const { db } = server.deps.database;
  await db.updateTable('users').set({ factor_due_at_ms: dueAtMs }).where('id', '=', id).execute();
  expect((await signIn(email, { cookie }, 'wrong')).status).toBe(401);
  expect((await me()).status).toBe(200);
  const led = await signIn(email, { cookie });
  expect(led.body.code).toBe('second_factor_enrolment_required');
  const [step, gone] = led.headers.getSetCookie();
  expect(step).toMatch(/^latchkey_second_step=[^;]+\.admin;/);
  expect(gone).toMatch(/^latchkey_admin=;.*Max-Age=0/);
  expect((await me()).body.code).toBe('logged_out');
});

test('where the server has no passkeys, and one is required, the page says so', async () => {
  await using other = await startServer({
    ...{ publicUrl: 'https://192.0.2.1/', pinned: { SECOND_FACTOR_GRACE_PERIOD: 0 } },
  });
  const user = await other.signUp();
  const { access_token: token } = await other.signUpAdmin('superuser');
  const json = { name: 'operators', required_acr: 'aal2' };
  const { id } = (await other.send('POST', '/api/admin/roles/', { token, json })).body;
  const { db } = other.deps.database;
  // From when the server had passkeys: now it would be refused.
  await db.updateTable('roles').set({ required_level: 3 }).where('id', '=', id).execute();
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: id }).execute();
  const form = { email: user.email, password: goodPassword };
  const page = await eventually(async () => {
    const led = await createVisitor(other).submit('/account/sign-in/', form);
    expect(led.path).toBe(path);
    return led;
  });
  expect(textOf(page)).toContain('Passkeys are not set up on this server.');
  expect(page.text).not.toContain('data-options');
});
