import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../eventually.ts';
import { startMailServer } from '../mail-server.ts';
import { mailTo } from '../mailed-codes.ts';
import { findUser, goTo, openSite, row, type Site, titled } from './site.ts';

/** The outbox, as an administrator meets it: without mail, with mail that is kept, and with an SMTP server. */

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(() => site[Symbol.asyncDispose]());

test('mail that is kept is read in the outbox and on the page of its user', async () => {
  const { server } = site;
  const ada = await server.signUp('ada@example.com');
  await server.send('POST', '/api/password-reset/', { json: { email: ada.email } });
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await page.getByText('Mail is kept here, and not sent.').waitFor();

  await goTo(page, 'Mail');
  await page.getByText('Mail is kept here, and not sent.').waitFor();
  const mail = row(page, ada.email);
  await mail.getByText('Waiting').waitFor();
  await mail.getByRole('link', { name: 'Password reset' }).click();
  await titled(page, 'Password reset');
  await page.getByText(/^\s*\d{6}$/m).waitFor();
  expect(await page.getByRole('button', { name: 'Send it now' }).count()).toBe(0);
  expect(await page.getByText('Mail is kept here, and not sent.').count()).toBe(0);

  await findUser(page, ada.email);
  await page.getByText('not confirmed', { exact: true }).waitFor();
  await page.getByRole('tab', { name: 'Mail' }).click();
  await row(page, 'Password reset').getByText('Waiting').waitFor();
});

test('a server without mail says so, and not to those who may not see the outbox', async () => {
  await using other = await openSite({ mail: undefined });
  const { email } = await other.server.signUpAdmin(['mail.view', 'users.view']);
  const page = await other.enter(email);
  await page.getByText('This server sends no mail.').waitFor();
  await goTo(page, 'Users');
  await page.getByText('This server sends no mail.').waitFor({ state: 'hidden' });
  const viewer = await other.server.signUpAdmin(['users.view']);
  const outside = await other.enter(viewer.email);
  await outside.goto(`${other.server.origin}/admin/#/mail`);
  await titled(outside, 'You do not have permission to see this page.');
  expect(await outside.getByText('This server sends no mail.').count()).toBe(0);
});

test('while the SMTP server is away every page says so, and a mail is sent by hand once it is back', async () => {
  await using mails = await startMailServer();
  await using other = await openSite({
    mail: mails.delivery,
    deliveryTimes: { pollMs: 50, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 },
  });
  const { server } = other;
  const ada = await server.signUp('ada@example.com');
  const { email, access_token: token } = await server.signUpAdmin('superuser');
  await mails.close();
  await server.send('POST', '/api/password-reset/', { json: { email: ada.email } });
  const status = async () => (await server.send('GET', '/api/admin/mail/status/', { token })).body;
  const failure = expect.stringMatching(/ECONNREFUSED/);
  await eventually(async () => expect(await status()).toMatchObject({ waiting: 1, failure }));

  const page = await other.enter(email);
  await page.getByText('Mail cannot be sent now.').waitFor();
  await goTo(page, 'Users');
  await page.getByRole('link', { name: 'To the outbox' }).click();
  await titled(page, 'Mail');
  await mails.listen();
  await row(page, ada.email).getByRole('link', { name: 'Password reset' }).click();
  await page.getByRole('button', { name: 'Send it now' }).click();
  expect((await mails.next()).to).toEqual([ada.email]);
  await eventually(async () => expect(await status()).toMatchObject({ waiting: 0, failure: null }));
  await page.reload();
  await page.getByText('Sent', { exact: true }).waitFor();
  await page.getByText('It was wiped when the mail was sent or given up.').waitFor();
  expect(await page.getByText('Mail cannot be sent now.').count()).toBe(0);
});

test('a text is changed beside a preview, tried by mail, and taken back in its history', async () => {
  const { server } = site;
  const { email } = await server.signUpAdmin('superuser');
  const page = await site.enter(email);
  await goTo(page, 'Mail');
  await page.getByRole('link', { name: 'What mails say' }).click();
  await titled(page, 'What mails say');
  await page.getByRole('combobox', { name: 'Language' }).click();
  await page.getByRole('option', { name: 'German' }).click();
  await page.getByRole('link', { name: 'password_reset.heading' }).click();
  await titled(page, 'password_reset.heading');
  const preview = page.getByRole('region', { name: 'Preview' });
  await preview.getByText(/^PASSWORT ZURÜCKSETZEN/).waitFor();

  const text = page.getByRole('textbox', { name: 'Text' });
  await text.fill('Hallo {name}');
  await preview.getByText(/It has \{name\}, which there is not/).waitFor();
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText(/^It has \{name\}, which there is not/).waitFor();
  expect(await text.getAttribute('aria-invalid')).toBe('true');
  await text.fill('Neues Passwort');
  await preview.getByText(/^NEUES PASSWORT/).waitFor();
  expect(await preview.getByRole('button', { name: 'Send it to me' }).isDisabled()).toBe(true);
  await page.getByRole('button', { name: 'Save' }).click();
  await row(page, 'Neues Passwort').waitFor(); // in the history
  await preview.getByRole('button', { name: 'Send it to me' }).click();
  await page.getByText(`A test mail is on its way to ${email}.`).waitFor();
  expect((await mailTo(server, email)).text).toMatch(/^PASSWORT ZURÜCKSETZEN\n|^NEUES PASSWORT\n/);

  await row(page, 'Neues Passwort')
    .getByRole('button', { name: /^Undo: / })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await eventually(async () => expect(await text.inputValue()).toBe('Passwort zurücksetzen'));
});
