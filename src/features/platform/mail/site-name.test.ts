import { afterAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { locales } from './messages/mail-texts.ts';
import { type MessageKind, messageKinds } from './messages/messages.ts';

/** What a site is called in its mails. */

const name = 'Möller & Söhne';
const publicUrl = 'https://auth.example.com:8443/';
const server = await startServer({ publicUrl, pinned: { SITE_NAME: name } });
const nameless = await startServer({ publicUrl });
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await nameless[Symbol.asyncDispose]();
});
const tokens = new Map<TestServer, string>();
for (const one of [server, nameless]) {
  tokens.set(one, (await one.signUpAdmin(['settings.view'])).access_token);
}

async function preview(on: TestServer, json: { kind: MessageKind; locale: string }) {
  const token = tokens.get(on) ?? '';
  const { status, body } = await on.send('POST', '/api/admin/mail-texts/preview/', { token, json });
  expect(status).toBe(200);
  const { subject, text, html } = body as Record<'subject' | 'text' | 'html', string>;
  return { subject, text, html };
}

const withoutLinks = (text: string) => text.replaceAll(/https?:\/\/[^\s"<]+/g, '');

const all = messageKinds.flatMap((kind) => locales.map((locale) => ({ kind, locale })));

test.each(all)('$kind in $locale says the name, and the host in links alone', async (which) => {
  const { subject, text, html } = await preview(server, which);
  expect(subject).toContain(name);
  expect(withoutLinks(subject)).not.toMatch(/example\.com|localhost/);
  expect(withoutLinks(text)).not.toMatch(/auth\.example\.com|localhost/);
  expect(withoutLinks(html)).not.toMatch(/auth\.example\.com|localhost/);
  expect(html).not.toContain('& S'); // it is a text, wherever it stands
  // Without a name, the host is what it is called.
  expect((await preview(nameless, which)).subject).toBe(
    subject.replaceAll(name, 'auth.example.com:8443'),
  );
});

test.each([
  ['the name of the site', '', name],
  ['what the operator has chosen', 'Support', 'Support'],
])('a mail is from %s', async (_case, chosen, expected) => {
  await using mails = await startMailServer();
  const from = { ...mails.delivery.from, name: chosen };
  await using sending = await startServer({
    ...{ publicUrl, pinned: { SITE_NAME: name }, mail: { ...mails.delivery, from } },
  });
  const { email } = await sending.signUp();
  await sending.send('POST', '/api/password-reset/', { json: { email } });
  const { mail } = await mails.next();
  expect(mail.from?.value).toEqual([{ address: from.email, name: expected }]);
  expect(mail.subject).toContain(name);
});
