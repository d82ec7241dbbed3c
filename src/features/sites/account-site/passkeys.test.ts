import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf, type Visitor } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import {
  type Authenticator,
  movePasskeysToFormerDomain,
  newAuthenticator,
} from '../../../../test/webauthn.ts';

/** Passkeys on the account site, as far as HTTP goes: what the script does with their forms is done here by an emulator. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const addPath = '/account/security/passkey/';
const upgradePath = `${addPath}upgrade/`;
const secondPath = '/account/sign-in/second-factor/';

const unescaped = (text: string) => text.replaceAll('&quot;', '"').replaceAll('&amp;', '&');

/** What a form of a page asks the authenticator for. */
function askedOn({ text }: { readonly text: string }) {
  const [, json = ''] = /data-options="([^"]*)"/.exec(text) ?? [];
  return { public_key: JSON.parse(unescaped(json)) };
}

async function member() {
  const user = await server.signUp();
  const browser = createVisitor(server);
  await browser.signIn(user.email);
  return { user, browser, key: newAuthenticator() };
}

/** Adds a passkey by the form. */
async function add(browser: Visitor, key: Authenticator) {
  const credential = key.create(askedOn(await browser.get(addPath)));
  return browser.submit(addPath, { credential: JSON.stringify(credential) });
}

/** Sends what the authenticator answers to the sign-in page. */
async function signInWith(browser: Visitor, key: Authenticator) {
  const asked = await server.send('POST', '/api/login/passkey/options/');
  const credential = JSON.stringify(key.get(asked.body));
  return browser.post('/account/sign-in/', { credential, keep: 'on' });
}

test('a passkey is added by a form, with the recovery codes of a first factor, and signs in alone', async () => {
  const { user, browser, key } = await member();
  const added = await add(browser, key);
  expect(textOf(added)).toContain('The passkey is added. You can sign in with it from now on.');
  expect([...added.text.matchAll(/<li><code>/g)]).toHaveLength(10);
  const list = await browser.get('/account/security/');
  const [, signal = ''] = /data-passkeys="([^"]*)"/.exec(list.text) ?? [];
  expect(JSON.parse(unescaped(signal))).toMatchObject({ rpId: 'localhost', name: user.email });
  expect(textOf(await browser.get('/account/'))).toContain('Second factor one passkey');

  const other = createVisitor(server);
  const answer = await signInWith(other, key);
  expect(answer.headers.getSetCookie()).toContainEqual(
    expect.stringMatching(/^latchkey_account=.*\.kept;/),
  );
  expect((await other.follow(answer, '/account/sign-in/')).path).toBe('/account/');
});

test('a user is advised to add a second passkey if the first one works on this domain', async () => {
  const { user, browser, key } = await member();
  const isRecommended = async () =>
    textOf(await browser.get('/account/security/')).includes('With a second passkey');
  await add(browser, key);
  expect(await isRecommended()).toBe(true);
  await movePasskeysToFormerDomain(server, user.id);
  expect(await isRecommended()).toBe(false);
  await add(browser, newAuthenticator());
  expect(await isRecommended()).toBe(true);
  await add(browser, newAuthenticator());
  expect(await isRecommended()).toBe(false);
});

test('it is the second factor of a password, and confirms who one is', async () => {
  const { user, browser, key } = await member();
  await add(browser, key);
  const other = createVisitor(server);
  const form = { email: user.email, password: goodPassword };
  const page = await other.submit('/account/sign-in/', form);
  expect(page.path).toBe(secondPath);
  expect(page.text).not.toContain('name="code"');
  const credential = JSON.stringify(key.get(askedOn(page)));
  expect((await other.submit(secondPath, { credential })).path).toBe('/account/');
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + 1);
  const led = await other.follow(await other.get('/account/export/'), '/account/export/');
  expect(led.path).toBe('/account/confirm/?return_to=%2Faccount%2Fexport%2F');
  const again = JSON.stringify(key.get(askedOn(led)));
  expect((await other.submit(led.path, { credential: again })).path).toBe('/account/export/');
});

test('who has but one that was saved without asking, and no password, confirms with it who they are', async () => {
  const { user, browser, key } = await member();
  await add(browser, key);
  const { db } = server.deps.database;
  await db.updateTable('passkeys').set({ is_upgrade: 1 }).where('user_id', '=', user.id).execute();
  const left = { factor_level: 1, password_hash: null } as const;
  await db.updateTable('users').set(left).where('id', '=', user.id).execute();
  server.clock.advance(server.deps.settings.get('REAUTHENTICATION_AGE') * 1000 + 1);
  const led = await browser.follow(await browser.get('/account/export/'), '/account/export/');
  expect(led.path).toBe('/account/confirm/?return_to=%2Faccount%2Fexport%2F');
  expect(led.text).toContain('/account/sign-out/'); // without the passkey there is a new sign-in
  expect(askedOn(led).public_key.userVerification).toBe('required');
  const credential = JSON.stringify(key.get(askedOn(led)));
  expect((await browser.submit(led.path, { credential })).path).toBe('/account/export/');
});

test('what is wrong with one is said in plain words, in each language', async () => {
  const { browser, key } = await member();
  await add(browser, key);
  const list = await browser.get('/account/security/');
  const [, id] = /remove\/\?kind=passkey&amp;id=(\d+)/.exec(list.text) ?? [];
  await browser.submit(`/account/security/remove/?kind=passkey&id=${id}`);
  const gone = await signInWith(createVisitor(server), key);
  expect([gone.status, textOf(gone)]).toEqual([
    400,
    expect.stringContaining('This passkey does not belong to an account here.'),
  ]);
  const [, told = ''] = /data-unknown-passkey="([^"]*)"/.exec(gone.text) ?? [];
  expect(JSON.parse(unescaped(told))).toEqual({
    rpId: 'localhost',
    credentialId: expect.stringMatching(/^[\w-]+$/),
  });
  const german = await signInWith(createVisitor(server, { 'accept-language': 'de' }), key);
  expect(textOf(german)).toContain('Dieser Passkey gehört hier zu keinem Konto.');
  for (const credential of ['', 'no JSON', '[]', '{}', '{"id":1}']) {
    const page = await createVisitor(server).post(addPath, { credential });
    expect([credential, page.status]).toEqual([credential, 303]); // not signed in
    const refused = await browser.post(addPath, { credential });
    expect([credential, refused.status]).toEqual([credential, 400]);
  }
});

/** Signs in, and goes where that leads. */
async function signInTo(email: string, returnTo: string) {
  const browser = createVisitor(server);
  const path = `/account/sign-in/?return_to=${encodeURIComponent(returnTo)}`;
  const page = await browser.submit(path, { email, password: goodPassword });
  expect([page.status, page.path]).toEqual([200, returnTo]);
  return { browser, page };
}

test('a passkey is offered to the password manager after a sign-in with a password, once; the password stays enough', async () => {
  const user = await server.signUp();
  const key = newAuthenticator();
  const browser = createVisitor(server);
  const first = await browser.submit('/account/sign-in/', {
    ...{ email: user.email, password: goodPassword },
  });
  expect(first.text).toMatch(/<form [^>]*hidden[^>]*data-upgrade/);
  expect((await browser.get('/account/')).text).not.toContain('data-upgrade');
  const asked = await browser.post(upgradePath);
  expect([asked.status, asked.headers.get('content-type')]).toEqual([
    200,
    expect.stringContaining('application/json'),
  ]);
  // Within the month, and where one was made, nobody is offered another.
  expect((await signInTo(user.email, '/account/')).page.text).not.toContain('data-upgrade');
  const credential = JSON.stringify(key.create(JSON.parse(asked.text)));
  const added = await browser.post(addPath, { credential, is_upgrade: 'true' });
  expect([added.status, added.text]).toEqual([200, '{}']); // the script stays on its page
  expect(textOf(await browser.get('/account/'))).toContain('Second factor one passkey');
  server.clock.advance(31 * 86_400_000);
  expect((await signInTo(user.email, '/account/')).page.text).not.toContain('data-upgrade');
  expect((await browser.post(upgradePath)).status).not.toBe(200);
  const other = createVisitor(server);
  const signedIn = await other.follow(await signInWith(other, key), '/account/sign-in/');
  expect(signedIn.path).toBe('/account/');
});

test.each([
  '/account/security/',
  '/account/security/app/',
  '/account/profile/',
  '/account/sessions/',
  '/account/export/',
])('the offer stands on the page that the sign-in leads to: %s', async (returnTo) => {
  const { email } = await server.signUp();
  const { browser, page } = await signInTo(email, returnTo);
  expect(page.text.match(/data-upgrade/g)).toHaveLength(1);
  expect((await browser.get(returnTo)).text).not.toContain('data-upgrade');
});

test('nobody is offered one who did not enter a password, or where there are no factors', async () => {
  await using off = await startServer({ pinned: { SECOND_FACTOR_POLICY: 'off' } });
  const { email } = await off.signUp();
  const browser = createVisitor(off);
  const page = await browser.submit('/account/sign-in/', { email, password: goodPassword });
  expect([page.path, page.text.includes('data-upgrade')]).toEqual(['/account/', false]);
  // Later than five minutes after it the password was not just filled in.
  const user = await server.signUp();
  const late = createVisitor(server);
  await late.post('/account/sign-in/', { email: user.email, password: goodPassword });
  expect(late.cookies.get('latchkey_signed_in')).toBe('1');
  const answer = await late.post('/account/sign-in/', {
    email: user.email,
    password: goodPassword,
  });
  expect(answer.headers.getSetCookie().join()).toMatch(/latchkey_signed_in=1;[^,]*Max-Age=300/);
});

test('where the server has no name for passkeys, the pages do not offer them', async () => {
  await using plain = await startServer({ relyingParty: undefined });
  const { email } = await plain.signUp();
  const browser = createVisitor(plain);
  expect((await browser.get('/account/sign-in/')).text).not.toContain('data-passkey');
  await browser.signIn(email);
  expect(textOf(await browser.get('/account/security/'))).not.toContain('Passkeys');
  const page = await browser.get(addPath);
  expect([page.status, textOf(page)]).toEqual([
    503,
    expect.stringContaining('Passkeys are not set up on this server.'),
  ]);
});
