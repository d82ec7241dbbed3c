import { afterAll, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import { startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** A forgotten password of an account with a second factor: who reads the mail has one of two. */

const server = await startServer();
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
  const page = await browser.post(path, { code: mail.code, password });
  expect(page.status).toBe(401);
  expect(textOf(page)).toContain('Your account has a second factor, which this takes as well.');
  expect(page.text).toMatch(/name="factor_code"[^>]*autocomplete="one-time-code"/);
  expect(page.text).toContain('name="recovery_code"');
  const wrong = await browser.post(path, {
    ...{ code: mail.code, password, factor_code: '000000', recovery_code: '' },
  });
  expect([wrong.status, textOf(wrong)]).toEqual([
    400,
    expect.stringContaining('This code is not right, or was used before.'),
  ]);
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
