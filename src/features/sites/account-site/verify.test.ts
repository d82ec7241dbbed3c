import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** The proof of an email on the account site, without a script. It takes a session of the account. */

const server = await startServer({ pinned: { MAILS_PER_RECIPIENT: 100 } });
afterAll(() => server[Symbol.asyncDispose]());

const pathOf = (link: string) => link.slice(server.origin.length);
const isProven = async (id: number) => {
  const row = await server.deps.database.db
    .selectFrom('users')
    .select('email_verified_at_ms')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return row.email_verified_at_ms !== null;
};

async function open(browser: Visitor, link: string) {
  return browser.follow(await browser.get(pathOf(link)), pathOf(link));
}

async function signedIn(email: string): Promise<Visitor> {
  const browser = createVisitor(server);
  await browser.signIn(email);
  return browser;
}

async function ask(email: string, query = '') {
  const browser = await signedIn(email);
  const page = await browser.submit(`/account/verify/${query}`, { action: 'send' });
  return { browser, page, mail: await mailTo(server, email) };
}

test('the code proves the email, and the account says so', async () => {
  const user = await server.signUp();
  const browser = await signedIn(user.email);
  const overview = await browser.get('/account/');
  expect(overview.text).toContain('href="../account/verify/"');
  expect(textOf(await browser.get('/account/verify/'))).toContain(
    `We send a mail to ${user.email}`,
  );
  const { page, mail } = await ask(user.email);
  expect(page.path).toBe('/account/verify/');
  expect(await isProven(user.id)).toBe(false);
  const own = await signedIn(user.email); // it was begun in another browser
  const wrong = await own.post('/account/verify/', {
    code: mail.code === '000000' ? '1' : '000000',
  });
  expect(wrong.status).toBe(400);
  const done = await own.submit('/account/verify/', { code: mail.code });
  expect(done.path).toBe('/account/');
  expect(textOf(done)).toContain('Your email is confirmed.');
  expect(done.text).not.toContain('account/verify/');
  expect(await isProven(user.id)).toBe(true);
  expect(textOf(await own.get('/account/verify/'))).toContain(`${user.email} is confirmed.`);
});

test('the code of the mail after the sign-up is entered without asking for another', async () => {
  await using mailing = await startServer({ pinned: { REGISTRATION_MAIL: true } });
  const form = { email: 'new@example.com', password: goodPassword };
  const browser = createVisitor(mailing);
  const page = await browser.submit('/account/sign-up/', form);
  expect(page.path).toBe('/account/');
  expect(textOf(page)).toContain('A mail is on its way to confirm your email.');
  const mail = await mailTo(mailing, form.email);
  const asked = await browser.get('/account/verify/');
  expect(textOf(asked)).toContain(`A mail to ${form.email} is on its way.`);
  expect(asked.text).toContain('name="code"');
  const done = await browser.submit('/account/verify/', { code: mail.code });
  expect(textOf(done)).toContain('Your email is confirmed.');
});

test('where the sign-in waits for the proof, signing up asks for the code, with one mail', async () => {
  const pinned = {
    REQUIRE_VERIFIED_EMAIL: true,
    VERIFICATION_GRACE_PERIOD: 0,
    REGISTRATION_MAIL: true,
  };
  await using strict = await startServer({ pinned });
  const form = { email: 'new@example.com', password: goodPassword };
  const browser = createVisitor(strict);
  const page = await browser.submit('/account/sign-up/', form);
  expect(page.path).toBe('/account/prove/');
  const mails = await strict.deps.database.db.selectFrom('outbox').select('kind').execute();
  expect(mails).toEqual([{ kind: 'email_verification' }]);
  const { code } = await mailTo(strict, form.email);
  expect((await browser.submit(page.path, { code })).path).toBe('/account/sign-in/');
  expect((await browser.submit('/account/sign-in/', form)).path).toBe('/account/');
});

test('the link takes one button where the account is signed in, in whatever browser', async () => {
  for (const isElsewhere of [false, true]) {
    const user = await server.signUp();
    const { browser: own, mail } = await ask(user.email);
    const browser = isElsewhere ? await signedIn(user.email) : own;
    const page = await open(browser, mail.link);
    expect(page.path).toBe('/account/verify/');
    expect(textOf(page)).toContain(`Confirm that ${user.email} is your email.`);
    expect(page.text).not.toContain('name="code"');
    expect(await isProven(user.id)).toBe(false);
    await browser.submit(page.path);
    expect(await isProven(user.id)).toBe(true);
  }
});

test('elsewhere it leads to the sign-in first, and then on', async () => {
  const user = await server.signUp();
  const { mail } = await ask(user.email, '?return_to=%2Faccount%2Fsessions%2F');
  const phone = createVisitor(server);
  const signIn = await open(phone, mail.link);
  expect(signIn.path).toMatch(/^\/account\/sign-in\/\?return_to=/);
  expect(textOf(signIn)).toContain('Sign in to confirm your email.');
  const page = await phone.submit(signIn.path, { email: user.email, password: goodPassword });
  expect(page.path).toBe('/account/verify/?return_to=%2Faccount%2Fsessions%2F');
  const done = await phone.submit(page.path);
  expect(done.path).toBe('/account/sessions/');
  expect(await isProven(user.id)).toBe(true);
});

test('a user who is signed in to another account proves nothing by it', async () => {
  const victim = await server.signUp();
  const { mail } = await ask(victim.email);
  const other = await server.signUp();
  const browser = await signedIn(other.email);
  const page = await open(browser, mail.link);
  expect(textOf(page)).toContain(`no mail for ${other.email}`);
  const sent = await browser.post('/account/verify/');
  expect(sent.status).toBe(400);
  expect([await isProven(victim.id), await isProven(other.id)]).toEqual([false, false]);
});

test('an expired link says so, and offers another mail', async () => {
  const user = await server.signUp();
  const { browser, mail } = await ask(user.email);
  server.clock.advance(10 * 60_000);
  const page = await open(browser, mail.link);
  expect(textOf(page)).toContain('Ask for a new one.');
  expect(page.text).toContain('value="send"');
});

test('where the sign-in waits for the proof, the link takes one button there, and elsewhere the sign-in', async () => {
  const pinned = { REQUIRE_VERIFIED_EMAIL: true, VERIFICATION_GRACE_PERIOD: 0 };
  await using strict = await startServer({ pinned });
  const json = { email: 'ada@example.com', password: goodPassword };
  await strict.send('POST', '/api/register/', { json });
  const browser = createVisitor(strict);
  const waiting = await browser.submit('/account/sign-in/', json);
  expect(waiting.path).toBe('/account/prove/');
  const path = (await mailTo(strict, json.email)).link.slice(strict.origin.length);
  const phone = createVisitor(strict);
  const elsewhere = await phone.follow(await phone.get(path), path);
  expect(elsewhere.path).toBe('/account/sign-in/');
  expect(textOf(elsewhere)).toContain('Sign in to confirm your email.');
  // It knows the code as well, and still proves nothing for the account of who has begun it.
  const { code } = await mailTo(strict, json.email);
  const sent = await phone.submit('/account/prove/', { code });
  expect(sent.path).toBe('/account/sign-in/');
  const page = await browser.follow(await browser.get(path), path);
  expect([page.path, page.text.includes('name="code"')]).toEqual(['/account/prove/', false]);
  const proven = await browser.submit('/account/prove/');
  expect(proven.path).toBe('/account/sign-in/');
  expect((await browser.submit('/account/sign-in/', json)).path).toBe('/account/');
});
