import { afterAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** The account site of a server that sends no mail: it offers nothing that takes one, and says what to do instead. */

const pinned = { MAIL_SIGN_IN: true, REGISTRATION_MODE: 'verify_first' } as const;
const silent = await startServer({ mail: undefined, pinned: { MAIL_SIGN_IN: true } });
const silentWithoutSignUp = await startServer({ mail: undefined, pinned });
const mailing = await startServer({ pinned });
afterAll(async () => {
  for (const server of [silent, silentWithoutSignUp, mailing]) await server[Symbol.asyncDispose]();
});

const byMail = ['forgot/', 'mail-sign-in/', 'email/', 'verify/'];
const signedOut = ['sign-in/', 'sign-up/', 'not-me/?token=gone', 'prove/'];
const signedIn = ['', 'password/', 'confirm/', 'profile/', 'security/', 'sessions/', 'export/'];
const languages = [
  ['en', 'This server sends no mail', 'Ask the person who runs the server'],
  ['de', 'Dieser Server verschickt keine E-Mails', 'die den Server betreibt'],
] as const;

/** The pages that links of a page lead to, below `/account/`. */
const linksOf = ({ text }: { readonly text: string }) =>
  [...text.matchAll(/href="[^"]*\/account\/([^"?]*)/g)].map(([, path]) => path);

test.each(signedOut)('the page %s offers no mail to strangers', async (path) => {
  const browser = createVisitor(silent);
  const page = await browser.follow(await browser.get(`/account/${path}`), `/account/${path}`);
  expect(page.status).toBe(200);
  expect(linksOf(page).filter((link) => byMail.includes(link ?? ''))).toEqual([]);
});

test.each(signedIn)('the page "%s" offers no mail to a user', async (path) => {
  const user = await silent.signUp();
  const browser = createVisitor(silent);
  await browser.signIn(user.email);
  const { db } = silent.deps.database;
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', user.id).execute();
  const page = await browser.follow(await browser.get(`/account/${path}`), `/account/${path}`);
  expect(page.status).toBe(200);
  expect(linksOf(page).filter((link) => byMail.includes(link ?? ''))).toEqual([]);
});

test('a sign-up by mail is offered only where there is mail, as all of this is', async () => {
  const page = await createVisitor(mailing).get('/account/sign-in/');
  const offered = ['forgot/', 'mail-sign-in/', 'sign-up/'];
  expect(linksOf(page)).toEqual(expect.arrayContaining(offered));
  const without = await createVisitor(silentWithoutSignUp).get('/account/sign-in/');
  expect(linksOf(without).filter((link) => offered.includes(link ?? ''))).toEqual([]);
});

describe.each(languages)('who opens a page that takes a mail, in %s', (language, title, advice) => {
  const headers = { 'accept-language': language };

  test.each([
    ['forgot/', { email: 'ada@example.com' }],
    ['reset/', { code: '123456', password: goodPassword }],
    ['mail-sign-in/', { email: 'ada@example.com' }],
    ['mail-sign-in/code/', { code: '123456' }],
    ['email/', { email: 'ada@example.com', password: goodPassword }],
    ['email/confirm/', { code: '123456' }],
    ['verify/', { action: 'send' }],
    ['sign-up/', { email: 'ada@example.com' }],
  ])('reads what to do: %s', async (path, form) => {
    const server = path === 'sign-up/' ? silentWithoutSignUp : silent;
    const browser = createVisitor(server, headers);
    if (server === silent && /^(email|verify)\/$/.test(path)) {
      await browser.signIn((await server.signUp()).email);
    }
    for (const page of [
      await browser.get(`/account/${path}`),
      await browser.post(`/account/${path}`, form),
    ]) {
      expect([page.status, textOf(page)]).toEqual([503, expect.stringContaining(advice)]);
      expect(page.text).toContain(`<h1>${title}</h1>`);
    }
  });
});
