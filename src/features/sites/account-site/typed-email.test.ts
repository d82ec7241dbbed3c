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
