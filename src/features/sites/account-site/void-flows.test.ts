import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { startServer } from '../../../../test/harness.ts';

/** Codes and links that are not good any more: each page says so, and says it once. */

const server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
const byMail = await startServer({ pinned: { REGISTRATION_MODE: 'verify_first' } });
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await byMail[Symbol.asyncDispose]();
});

const words = {
  en: /\b(?:used|expired|older|good|ago)\b/,
  de: /wurde benutzt|abgelaufen|älter|\bgilt\b|\bher\b/,
};
const codePages = [
  ['reset/', 'latchkey_reset'],
  ['mail-sign-in/code/', 'latchkey_mail_sign_in'],
  ['email/confirm/', 'latchkey_email'],
  ['prove/', 'latchkey_prove'],
  ['verify/', 'latchkey_verify'],
  ['not-me/', 'latchkey_not_me'],
] as const;

/** How many sentences of a page say that something is over. */
function countOf(page: { readonly text: string }, language: 'en' | 'de'): number {
  const main = { text: /<main[\s\S]*<\/main>/.exec(page.text)?.[0] ?? '' };
  const sentences = textOf(main).split(/(?<=[.?])\s/);
  return sentences.filter((sentence) => words[language].test(sentence)).length;
}

test.each(
  codePages.flatMap(([path, cookie]) => [
    [path, cookie, 'en'] as const,
    [path, cookie, 'de'] as const,
  ]),
)('a void code on %s (%s) is said once, in %s', async (path, cookie, language) => {
  const url = `/account/${path}`;
  const name = path === 'not-me/' ? cookie : `${cookie}_flow`;
  const gone = [name, { value: 'A'.repeat(43), path: url }] as const;
  const browser = createVisitor(server, { 'accept-language': language }, [gone]);
  if (path === 'verify/') await browser.signIn((await server.signUp()).email);
  const shown = await browser.get(url);
  expect([shown.status, countOf(shown, language)], textOf(shown)).toEqual([200, 1]);
  const sent = await browser.post(url, { code: '123456', password: 'a quite new horse' });
  expect([sent.status, countOf(sent, language)], textOf(sent)).toEqual([400, 1]);
});

test.each(['en', 'de'] as const)(
  'so is one of a sign-up that was tried too often, in %s',
  async (language) => {
    const browser = createVisitor(byMail, { 'accept-language': language });
    await browser.submit('/account/sign-up/', { email: `new-${language}@example.com` });
    const form = { code: '000000', password: 'a quite new horse' };
    let page = await browser.post('/account/sign-up/', form);
    for (let tries = 0; tries < 10 && page.text.includes('name="code"'); tries += 1) {
      page = await browser.post('/account/sign-up/', form);
    }
    expect([page.status, countOf(page, language)], textOf(page)).toEqual([400, 1]);
  },
);
