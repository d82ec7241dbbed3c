import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** Signing in by mail on the account site, without a script. */

const server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
afterAll(() => server[Symbol.asyncDispose]());

const pathOf = (link: string) => link.slice(server.origin.length);

async function open(browser: Visitor, link: string) {
  return browser.follow(await browser.get(pathOf(link)), pathOf(link));
}

async function ask(email: string, query = '') {
  const browser = createVisitor(server);
  const page = await browser.submit(`/account/mail-sign-in/${query}`, { email });
  return { browser, page, mail: await mailTo(server, email) };
}

test('the code signs in where it was asked for', async () => {
  const { email } = await server.signUp();
  expect((await createVisitor(server).get('/account/sign-in/')).text).toContain('mail-sign-in/');
  const { browser, page, mail } = await ask(email, '?return_to=%2Faccount%2Fsessions%2F');
  expect(page.path).toBe('/account/mail-sign-in/code/?return_to=%2Faccount%2Fsessions%2F');
  const wrong = await browser.post(page.path, { code: '12345' });
  expect([wrong.status, textOf(wrong)]).toEqual([400, expect.stringContaining('six digits')]);
  const done = await browser.submit(page.path, { code: mail.code });
  expect(done.path).toBe('/account/sessions/');
  expect([...browser.cookies.keys()]).toEqual(['latchkey_account']);
});

test('the link takes one button where it was asked for', async () => {
  const { email } = await server.signUp();
  const { browser, mail } = await ask(email);
  const page = await open(browser, mail.link);
  expect(textOf(page)).toContain(`Sign in as ${email}.`);
  expect(page.text).not.toContain('name="code"');
  const done = await browser.post(page.path, { keep: 'on' });
  expect(done.headers.getSetCookie()).toContainEqual(
    expect.stringMatching(/^latchkey_account=.*\.kept; .*; Max-Age=34560000$/),
  );
  expect((await browser.follow(done, page.path)).path).toBe('/account/');
});

test('elsewhere it takes the code as well, so that a stranger’s flow signs nobody in by a click', async () => {
  const { email } = await server.signUp();
  const { mail } = await ask(email);
  const phone = createVisitor(server);
  const page = await open(phone, mail.link);
  expect((await phone.post(page.path)).status).toBe(400);
  expect((await phone.submit(page.path, { code: mail.code })).path).toBe('/account/');
  const again = await open(createVisitor(server), mail.link);
  expect(textOf(again)).toContain('This link or code was used');
  expect(again.text).toContain('href="../../../account/mail-sign-in/"');
});

test('another mail goes out on the same page', async () => {
  const { email } = await server.signUp();
  const { browser, page, mail } = await ask(email);
  expect(textOf(await browser.submit(page.path, { action: 'resend' }))).toContain(
    'Another mail is on its way.',
  );
  const next = await mailTo(server, email);
  expect(next.id).not.toBe(mail.id);
  expect((await browser.submit(page.path, { code: next.code })).path).toBe('/account/');
});

test('where it is off the pages say so, and the sign-in does not name them', async () => {
  await using off = await startServer();
  const browser = createVisitor(off);
  for (const path of ['/account/mail-sign-in/', '/account/mail-sign-in/code/']) {
    const page = await browser.get(path);
    expect([page.status, textOf(page)]).toEqual([
      403,
      expect.stringContaining('Nobody can sign in by mail here.'),
    ]);
  }
  expect((await browser.get('/account/sign-in/')).text).not.toContain('mail-sign-in/');
});
