import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { type AddedApp, addApp, shownCode } from '../../../../test/authenticator.ts';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** The second step of a sign-in on the account site: every way to sign in ends at it, and it alone opens the account. */

const server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
afterAll(() => server[Symbol.asyncDispose]());

const visitor = () => createVisitor(server);
const path = '/account/sign-in/second-factor/';
const cookieName = 'latchkey_account';
const stepMs = 30_000;

/** A user with an app, and a browser that has sent the password. */
async function halfway(query = '', fields: Record<string, string> = {}) {
  const user = await server.signUp();
  const app = await addApp(server, user);
  const browser = visitor();
  const form = { email: user.email, password: goodPassword, ...fields };
  const page = await browser.submit(`/account/sign-in/${query}`, form);
  return { user, app, browser, page };
}

/** A code that was not used yet. */
function nextCode({ secret }: AddedApp): string {
  server.clock.advance(stepMs);
  return shownCode(server, secret);
}

const liveSessions = async ({ id }: SignedUp) =>
  server.deps.database.db
    .selectFrom('sessions')
    .select(['auth_level', 'amr'])
    .where('user_id', '=', id)
    .where('end_cause', 'is', null)
    .orderBy('id', 'desc')
    .execute();

test('the password alone opens nothing; the code of the app ends the sign-in', async () => {
  const { user, app, browser, page } = await halfway();
  expect([page.status, page.path]).toEqual([200, path]);
  expect(textOf(page)).toContain(`your authenticator app shows for ${user.email}`);
  expect(page.text).toMatch(/<input [^>]*name="code"[^>]*autocomplete="one-time-code"/);
  expect(browser.cookies.has(cookieName)).toBe(false);
  expect((await browser.submit('/account/')).path).toContain('/account/sign-in/');
  const sessions = await liveSessions(user);
  const code = nextCode(app);
  const after = await browser.submit(path, { code: `${code.slice(0, 3)} ${code.slice(3)}` });
  expect([after.status, after.path]).toEqual([200, '/account/']);
  const now = await liveSessions(user);
  expect(now).toHaveLength(sessions.length + 1);
  expect(now[0]).toEqual({ auth_level: 2, amr: 'pwd otp mfa' });
  expect((await browser.get(path)).text).toContain('Sign in again');
});

test('where to go after it, and whether to stay signed in, survive the second step', async () => {
  const { app, browser, page } = await halfway('?return_to=%2Faccount%2Fsessions%2F', {
    keep: 'on',
  });
  expect(page.path).toBe(`${path}?return_to=%2Faccount%2Fsessions%2F`);
  const answer = await browser.post(page.path, { code: nextCode(app) });
  expect(answer.headers.getSetCookie()).toContainEqual(
    expect.stringMatching(/^latchkey_account=[0-9a-f-]{36}\.kept; .*Max-Age=34560000$/),
  );
  expect((await browser.follow(answer, page.path)).path).toBe('/account/sessions/');
});

test('a wrong code says how many tries are left; after the last one signs in again', async () => {
  const { user, app, browser } = await halfway();
  const wrong = await browser.post(path, { code: '000000' });
  expect(wrong.status).toBe(400);
  expect(textOf(wrong)).toContain('This code is not right. You have 4 more tries.');
  expect(wrong.text).toContain('href="#field-code"');
  for (const left of ['3 more tries', '2 more tries', 'one more try']) {
    expect(textOf(await browser.post(path, { code: '000000' }))).toContain(left);
  }
  const over = await browser.submit(path, { code: '000000' });
  expect(over.path).toBe('/account/sign-in/');
  expect(textOf(over)).toContain('The second step took too long, or had too many wrong codes.');
  expect(await liveSessions(user)).toHaveLength(1); // of the API
  const late = await browser.submit(path, { code: nextCode(app) });
  expect(late.path).toBe('/account/sign-in/');
});

test('a text that is not a code takes no try', async () => {
  const { browser } = await halfway();
  const page = await browser.post(path, { code: '12345' });
  expect(textOf(page)).toContain('A code has six digits.');
  expect(textOf(await browser.post(path, { code: '000000' }))).toContain('4 more tries');
});

test('a recovery code does as well, once, and leads to those that are left', async () => {
  const { user, app, browser } = await halfway();
  const form = await browser.get(`${path}?by=recovery_code`);
  expect(form.text).toMatch(/<input [^>]*name="recovery_code"/);
  const bad = await browser.post(path, { recovery_code: '1-AAAA-AAAA-AAAA-AAAA' });
  expect(textOf(bad)).toContain('This is none of your codes, or it was used. You have 4 more');
  const [code = ''] = app.recoveryCodes;
  const after = await browser.submit(path, { recovery_code: code.toLowerCase() });
  expect(after.path).toBe('/account/security/');
  expect(textOf(after)).toContain('9 left');
  const again = visitor();
  await again.submit('/account/sign-in/', { email: user.email, password: goodPassword });
  expect((await again.post(path, { recovery_code: code })).status).toBe(400);
});

test('ten minutes later the sign-in begins again', async () => {
  const { app, browser } = await halfway();
  server.clock.advance(10 * 60_000);
  const page = await browser.submit(path, { code: nextCode(app) });
  expect(page.path).toBe('/account/sign-in/');
  expect(browser.cookies.has(cookieName)).toBe(false);
});

test('a device that is to be remembered is not asked again, until it is forgotten', async () => {
  const { user, app, browser, page } = await halfway();
  expect(textOf(page)).toContain('Do not ask on this device for 30 days');
  const answer = await browser.post(path, { code: nextCode(app), remember: 'on' });
  expect(answer.headers.getSetCookie()).toContainEqual(
    expect.stringMatching(
      /^latchkey_device=[\w-]+; Path=\/account\/; HttpOnly; .*Max-Age=2592000$/,
    ),
  );
  await browser.submit('/account/sign-out/');
  const form = { email: user.email, password: goodPassword };
  const again = await browser.submit('/account/sign-in/', form);
  expect(again.path).toBe('/account/');
  const devices = await browser.get('/account/security/');
  expect(textOf(devices)).toContain('This device');
  const [, id = ''] = /name="forget" value="(\d+)"/.exec(devices.text) ?? [];
  const forgotten = await browser.submit('/account/security/', { forget: id });
  expect(textOf(forgotten)).toContain('The device is forgotten. Security');
  await browser.submit('/account/sign-out/');
  expect((await browser.submit('/account/sign-in/', form)).path).toBe(path);
});

test('where a passkey is due, it does not offer to remember the device', async () => {
  await using other = await startServer({ pinned: { SECOND_FACTOR_GRACE_PERIOD: 0 } });
  const { db } = other.deps.database;
  const { id: roleId } = await db
    .insertInto('roles')
    .values({ name: 'operators', required_level: 3, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  const user = await other.signUp();
  await addPasskey(other, user.access_token, newAuthenticator());
  const form = { email: user.email, password: goodPassword };
  const shown = () => createVisitor(other).submit('/account/sign-in/', form);
  expect((await shown()).text).toContain('name="remember"');
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: roleId }).execute();
  const page = await shown();
  expect(page.path).toBe(path);
  expect(page.text).toContain('data-passkey="get"');
  expect(page.text).not.toContain('name="remember"');
});

describe('every other way in ends there too:', () => {
  test('a mailed code', async () => {
    const user = await server.signUp();
    // The first proof of an email removes factors: a stranger may have registered with it and added them.
    await server.deps.database.db
      .updateTable('users')
      .set({ email_verified_at_ms: server.clock.nowMs() })
      .where('id', '=', user.id)
      .execute();
    const app = await addApp(server, user);
    const browser = visitor();
    await browser.submit('/account/mail-sign-in/', { email: user.email });
    const { code } = await mailTo(server, user.email);
    const page = await browser.submit('/account/mail-sign-in/code/', { code });
    expect(page.path).toBe(path);
    expect(browser.cookies.has(cookieName)).toBe(false);
    const after = await browser.submit(path, { code: nextCode(app) });
    expect(after.path).toBe('/account/');
    expect((await liveSessions(user))[0]).toEqual({ auth_level: 2, amr: 'otp mfa' });
  });
});
