import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp } from '../../../../test/authenticator.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** Who comes too late to end what they have begun does not enter the email once more. */

const server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
const careful = await startServer({ pinned: { REGISTRATION_MODE: 'verify_first' } });
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await careful[Symbol.asyncDispose]();
});

const shownEmail = ({ text }: { readonly text: string }) =>
  /<input [^>]*name="email"[^>]*? value="([^"]*)"/.exec(text)?.[1];

const lateMs = 11 * 60_000;

test.each([
  ['a reset', server, 'forgot/', 'reset/', 'forgot/'],
  ['a sign-in by mail', server, 'mail-sign-in/', 'mail-sign-in/code/', 'mail-sign-in/'],
  ['a registration', careful, 'sign-up/', 'sign-up/', 'sign-up/'],
])('%s that is over begins again with its email', async (_case, on, ask, page, again) => {
  const browser = createVisitor(on);
  const email = `zoe+%${ask.length}@example.com`;
  const begun = await browser.submit(`/account/${ask}`, { email });
  expect(begun.path).toBe(`/account/${page}`);
  on.clock.advance(lateMs);
  const late = await browser.get(`/account/${page}`);
  expect(late.text).not.toContain('name="code"');
  expect(shownEmail(await browser.get(`/account/${again}`))).toBe(email);
  // In another browser nobody reads it.
  expect(shownEmail(await createVisitor(on).get(`/account/${again}`)) ?? '').toBe('');
});

test('a second step that took too long leads to the sign-in with the email in it', async () => {
  const user = await server.signUp();
  await addApp(server, user);
  const browser = createVisitor(server);
  const { email } = user;
  const step = await browser.submit('/account/sign-in/', { email, password: goodPassword });
  expect(step.path).toBe('/account/sign-in/second-factor/');
  server.clock.advance(lateMs);
  const late = await browser.submit(step.path, { code: '000000' });
  expect([late.path, shownEmail(late)]).toEqual(['/account/sign-in/', email]);
  expect(textOf(late)).toContain('The second step took too long');
  expect(late.text).toMatch(/<input [^>]*name="password"[^>]*autofocus/);
});

test('what was done is not remembered', async () => {
  const browser = createVisitor(server);
  const { email } = await server.signUp();
  await browser.submit('/account/forgot/', { email });
  expect([...browser.cookies.keys()]).toContain('latchkey_reset_email');
  const { code } = await mailTo(server, email);
  await browser.submit('/account/reset/', { code, password: 'a quite new horse' });
  expect([...browser.cookies.keys()]).not.toContain('latchkey_reset_email');
});

test.each([
  ['signs out', '/account/sign-out/', () => ({})],
  ['ends their own session', '/account/sessions/', (id: number) => ({ end: String(id) })],
  ['deletes the account', '/account/delete/', () => ({ password: goodPassword })],
])('who %s leaves no email for the next person', async (_case, path, form) => {
  const browser = createVisitor(server);
  const { email, id } = await server.signUp();
  for (const ask of ['forgot/', 'mail-sign-in/'])
    await browser.submit(`/account/${ask}`, { email });
  await browser.signIn(email);
  const keptFor = () => [...browser.cookies.keys()].filter((name) => name.endsWith('_email'));
  expect(keptFor()).toEqual(['latchkey_reset_email', 'latchkey_mail_sign_in_email']);
  const session = await server.deps.database.db
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', id)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  const left = await browser.submit(path, form(session.id));
  expect([left.path, keptFor(), shownEmail(left) ?? '']).toEqual(['/account/sign-in/', [], '']);
  expect(shownEmail(await browser.get('/account/forgot/')) ?? '').toBe('');
});

test('the email that an account was to get is not shown to the next who signs in', async () => {
  const browser = createVisitor(server);
  await browser.signIn((await server.signUp()).email);
  const sent = { email: 'next@example.com', password: goodPassword };
  expect((await browser.submit('/account/email/', sent)).path).toBe('/account/email/confirm/');
  server.clock.advance(lateMs);
  expect((await browser.get('/account/email/confirm/')).text).not.toContain('name="code"');
  expect(shownEmail(await browser.get('/account/email/')) ?? '').toBe('');
  expect([...browser.cookies.keys()]).not.toContain('latchkey_email_email');
});
