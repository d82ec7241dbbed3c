import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { newAuthenticator } from '../../../../test/webauthn.ts';
import { AppError } from '../../../errors/index.ts';

/** A forgotten password of an account with a second factor: who reads the mail has one of two. */

let isBusy = false;
const server = await startServer({
  onHash() {
    if (isBusy) throw new AppError('overloaded', { headers: { 'retry-after': '2' } });
  },
});
afterAll(() => server[Symbol.asyncDispose]());

const password = 'a quite new horse';

/** A user with an app, and a browser that has asked for the mail of a reset. */
async function asked() {
  const user = await server.signUp();
  const { db } = server.deps.database;
  const verified = { email_verified_at_ms: server.clock.nowMs() };
  await db.updateTable('users').set(verified).where('id', '=', user.id).execute();
  const app = await addApp(server, user);
  const browser = createVisitor(server);
  const { path } = await browser.submit('/account/forgot/', { email: user.email });
  return { user, app, browser, path, mail: await mailTo(server, user.email) };
}

const levelOf = async (userId: number) =>
  (
    await server.deps.database.db
      .selectFrom('sessions')
      .select('auth_level')
      .where('user_id', '=', userId)
      .where('end_cause', 'is', null)
      .execute()
  ).map((session) => session.auth_level);

test('after the code of the mail the page asks for the factor as well, and signs in with both', async () => {
  const { user, app, browser, path, mail } = await asked();
  expect((await browser.get(path)).text).not.toContain('factor_code');
  const guess = await browser.post(path, { code: '000000', password });
  expect(guess.text).not.toContain('factor_code'); // who does not read the mail is told nothing
  const all = await browser.post(path, { code: mail.code, password });
  expect(all.status).toBe(401);
  expect(textOf(all)).toContain('Your account has a second factor, which is needed here too.');
  expect(all.text).toContain('name="factor_code"');
  const page = await browser.post(path, { code: mail.code });
  expect([page.status, page.text.includes('name="password"')]).toEqual([200, true]);
  expect(page.text).toMatch(/name="factor_code"[^>]*autocomplete="one-time-code"/);
  expect(page.text).toContain('name="recovery_code"');
  const wrong = await browser.post(path, {
    ...{ code: mail.code, password, factor_code: '000000', recovery_code: '' },
  });
  expect([wrong.status, textOf(wrong)]).toEqual([
    400,
    expect.stringContaining('This code is not right, or was used before.'),
  ]);
  expect(textOf(wrong)).toContain('Enter the new password once more as well');
  expect(textOf(page)).not.toContain('once more');
  server.clock.advance(30_000);
  const factorCode = shownCode(server, app.secret);
  const done = await browser.submit(path, {
    ...{ code: mail.code, password, factor_code: factorCode, recovery_code: '' },
  });
  expect([done.status, done.path]).toEqual([200, '/account/']);
  expect(await levelOf(user.id)).toEqual([2]); // and nothing is asked for twice
});

test('who has opened the link is asked for all at once; a recovery code does as well', async () => {
  const { user, app, browser, mail } = await asked();
  const link = mail.link.slice(server.origin.length);
  const page = await browser.follow(await browser.get(link), link);
  expect(page.text).toContain('name="recovery_code"');
  const [code = ''] = app.recoveryCodes;
  const done = await browser.submit(page.path, {
    ...{ password, factor_code: '', recovery_code: code },
  });
  expect([done.status, done.path]).toEqual([200, '/account/']);
  expect(await levelOf(user.id)).toEqual([2]);
});

/** A user whose only factor is a passkey, and a browser that has asked for the mail of a reset. */
async function askedWithPasskey() {
  const user = await server.signUp();
  const { db } = server.deps.database;
  const verified = { email_verified_at_ms: server.clock.nowMs() };
  await db.updateTable('users').set(verified).where('id', '=', user.id).execute();
  const key = newAuthenticator();
  const { access_token: token } = user;
  const options = await server.send('POST', '/api/me/passkeys/options/', { token });
  const json = { credential: key.create(options.body) };
  await server.send('POST', '/api/me/passkeys/', { token, json });
  const browser = createVisitor(server);
  const { path } = await browser.submit('/account/forgot/', { email: user.email });
  return { user, key, browser, path, mail: await mailTo(server, user.email) };
}

function askedOn({ text }: { readonly text: string }) {
  const [, json = ''] = /data-options="([^"]*)"/.exec(text) ?? [];
  return { public_key: JSON.parse(json.replaceAll('&quot;', '"')) };
}

test('a passkey is a factor of a reset as well, by a form that is sent with the password', async () => {
  const { user, key, browser, path, mail } = await askedWithPasskey();
  const fields = { password, recovery_code: '' };
  const guess = await browser.post(path, { ...fields, code: '000000' });
  expect(guess.text).not.toContain('data-passkey'); // nor is it told with a made-up field
  const page = await browser.post(path, { code: mail.code, password });
  expect(page.text).toMatch(/<form [^>]*data-beside/);
  const short = await browser.post(path, { ...fields, code: mail.code, password: 'short' });
  expect([short.status, short.text.includes('data-passkey')]).toEqual([400, true]);
  const wrong = await browser.post(path, { ...fields, code: mail.code, credential: '{}' });
  expect([wrong.status, textOf(wrong)]).toEqual([
    400,
    expect.stringContaining('This passkey cannot be used here.'),
  ]);
  const credential = JSON.stringify(key.get(askedOn(wrong)));
  const done = await browser.submit(path, { ...fields, code: mail.code, credential });
  expect([done.status, done.path]).toEqual([200, '/account/']);
  expect(await levelOf(user.id)).toEqual([3]);
});

test('who has opened the link finds the passkey at once', async () => {
  const { user, key, browser, mail } = await askedWithPasskey();
  const link = mail.link.slice(server.origin.length);
  const page = await browser.follow(await browser.get(link), link);
  const credential = JSON.stringify(key.get(askedOn(page)));
  const done = await browser.submit(page.path, { password, recovery_code: '', credential });
  expect([done.status, done.path]).toEqual([200, '/account/']);
  expect(await levelOf(user.id)).toEqual([3]);
});

/** How many of its five tries a code has lost. */
async function lostTries(email: string) {
  const { db } = server.deps.database;
  const flow = await db
    .selectFrom('flows')
    .select('wrong_codes')
    .where('email_normalized', '=', email)
    .executeTakeFirstOrThrow();
  return flow.wrong_codes;
}

test.each([
  ['an app', asked, { factor_code: '123456', recovery_code: '' }],
  ['a passkey', askedWithPasskey, { recovery_code: '', credential: '{}' }],
])(
  'with %s a wrong code of the mail costs one try, and is said beside its field',
  async (_factor, ask, factor) => {
    const { user, browser, path, mail } = await ask();
    await browser.post(path, { code: mail.code, password });
    const wrong = mail.code === '000000' ? '000001' : '000000';
    for (const [times, tried] of [
      factor,
      { recovery_code: 'aaaa-bbbb-cccc' },
      { ...factor, password: '' },
    ].entries()) {
      const page = await browser.post(path, { password, ...factor, ...tried, code: wrong });
      expect(page.status).toBe(400);
      expect(textOf(page)).toContain(`This code is not right. You have ${4 - times} more tries.`);
      expect(page.text).toMatch(/<p class="problem" id="field-code-error">/);
      expect(page.text.match(/class="problem"/g)).toHaveLength(1);
      expect(page.text).not.toContain('data-passkey');
      expect(await lostTries(user.email)).toBe(times + 1);
    }
  },
);

/** Where a factor has to wait, the others do not. */
test('an app that was wrong too often leaves the other factors on the page', async () => {
  const { app, browser, path, mail } = await asked();
  const fields = { code: mail.code, password, recovery_code: '' };
  let page = await browser.post(path, { ...fields, factor_code: '000000' });
  for (let times = 0; page.status === 400 && times < 20; times += 1) {
    page = await browser.post(path, { ...fields, factor_code: '000000' });
  }
  expect(page.status).toBe(429);
  expect(page.headers.get('retry-after')).not.toBeNull();
  expect(textOf(page)).toContain('That was too often.');
  expect(page.text).toContain('name="password"');
  expect(page.text).toContain('name="recovery_code"');
  const [code = ''] = app.recoveryCodes;
  const done = await browser.submit(path, { ...fields, recovery_code: code });
  expect([done.status, done.path]).toEqual([200, '/account/']);
});

test('a server that has too much to do leaves the second step where it is', async () => {
  const { app, browser, path, mail } = await asked();
  const [code = ''] = app.recoveryCodes;
  isBusy = true;
  const fields = { code: mail.code, password, factor_code: '', recovery_code: code };
  const page = await browser.post(path, fields);
  isBusy = false;
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '2']);
  expect(page.text).toContain('name="password"');
  expect(page.text).toContain('name="factor_code"');
  const done = await browser.submit(path, fields);
  expect([done.status, done.path]).toEqual([200, '/account/']);
});

test('who has not shown the code of the mail is told of no factors, whatever else is wrong', async () => {
  const { browser, path } = await asked();
  const made = { code: '000000', password, factor_code: '000000', recovery_code: 'aaaa' };
  for (let times = 0; times < 3; times += 1) {
    expect((await browser.post(path, made)).text).not.toContain('factor_code');
  }
});
