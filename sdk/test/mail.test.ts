import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { mailTo } from '../../test/mailed-codes.ts';
import { codeOf, createClient, signedIn } from './clients.ts';

/** What begins with a mail. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true } });
});
afterAll(() => server[Symbol.asyncDispose]());

test('an email is proven by the code of a mail', async () => {
  const { client, credentials } = await signedIn(server);
  const { flow, expires_in } = await client.requestEmailVerification();
  expect(expires_in).toBe(600);
  const { code } = await mailTo(server, credentials.email);
  const wrong = code === '000000' ? '000001' : '000000';
  const refused = client.verifyEmail({ flow, code: wrong });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_code', problem: { tries_left: 4 } });
  expect(await client.verifyEmail({ flow, code })).toMatchObject({ email_verified: true });
  expect(await client.readProfile()).toMatchObject({ email_verified: true });
  expect(await codeOf(client.requestEmailVerification())).toBe('email_already_verified');
});

test('a forgotten password is reset, which ends the session and signs nobody in', async () => {
  const { client, ends, credentials } = await signedIn(server);
  const { flow } = await client.requestPasswordReset(credentials.email);
  const { code } = await mailTo(server, credentials.email);
  const password = 'a quite new horse';
  await client.resetPassword({ flow, code, password });
  expect(await codeOf(client.readProfile())).toBe('password_reset');
  expect(ends).toEqual(['password_reset']);
  expect(await codeOf(client.signIn(credentials))).toBe('invalid_credentials');
  await client.signIn({ ...credentials, password });
  expect(client.session).toBeDefined();
  // Of an email that nobody has it is asked for as well.
  expect((await client.requestPasswordReset('nobody@example.com')).flow).not.toBe(flow);
  expect(await codeOf(client.resetPassword({ flow, code, password }))).toBe('flow_expired');
});

test('who asks for a mail signs in with its code, and is signed in as by a password', async () => {
  const { email } = await server.signUp();
  const { client, ends } = createClient(server);
  const { flow } = await client.requestMailSignIn(email);
  const { code } = await mailTo(server, email);
  const wrong = code === '000000' ? '000001' : '000000';
  expect(await codeOf(client.signIn({ flow, code: wrong }))).toBe('invalid_code');
  expect(client.session).toBeUndefined();
  const session = await client.signIn({ flow, code });
  expect(client.session).toEqual(session);
  server.clock.advance(31_000);
  expect(await client.readProfile()).toMatchObject({ id: session.userId, email_verified: true });
  expect(await codeOf(client.signIn({ flow, code }))).toBe('flow_expired');
  expect(client.session).toBeDefined();
  await client.signOut();
  expect(ends).toEqual(['logged_out']);
});

test('an account is made with an email that is proven first', async () => {
  const { client } = createClient(server);
  const email = 'proven@example.com';
  const { flow } = await client.requestRegistration(email);
  const { code } = await mailTo(server, email);
  const account = await client.confirmRegistration({ flow, code, password: goodPassword });
  expect(account).toMatchObject({ email, email_verified: true });
  expect(client.session).toBeUndefined();
  expect((await client.signIn({ email, password: goodPassword })).userId).toBe(account.id);
});

test('an email is changed once the new one is proven, and restored from the old one', async () => {
  const { client, ends, credentials } = await signedIn(server);
  const email = `new.${credentials.email}`;
  const { flow } = await client.requestEmailChange({ email, password: credentials.password });
  const { code } = await mailTo(server, email);
  expect(await client.confirmEmailChange({ flow, code })).toMatchObject({ email });
  const { text } = await mailTo(server, credentials.email);
  const [, token = ''] = /undo\/\?token=([\w-]+)/.exec(text) ?? [];
  await client.undoEmailChange(token);
  expect(await codeOf(client.readProfile())).toBe('email_restored');
  expect(ends).toEqual(['email_restored']);
  expect(await codeOf(client.undoEmailChange(token))).not.toBe('no error');
});

test('who is told of something that they did not do ends every session, and chooses a new password', async () => {
  const { client, ends, credentials } = await signedIn(server);
  const { email } = credentials;
  const changed = 'a thief chose this one';
  await client.changePassword({ current_password: credentials.password, new_password: changed });
  const { text, code } = await mailTo(server, email);
  const [, token = ''] = /not-me\/\?token=([\w-]+)/.exec(text) ?? [];
  const wrong = code === '000000' ? '000001' : '000000';
  expect(await codeOf(client.notMe({ token, code: wrong }))).toBe('invalid_code');
  const { flow, ended_sessions } = await client.notMe({ token, code });
  expect(ended_sessions).toBe(1);
  expect(await codeOf(client.readProfile())).toBe('reported_by_user');
  expect(ends).toEqual(['reported_by_user']);
  const password = 'and the owner this one';
  const mail = await mailTo(server, email);
  await client.resetPassword({ flow: flow ?? '', code: mail.code, password });
  expect((await client.signIn({ email, password })).userId).toBeGreaterThan(0);
});

test('the code of the mail after the registration proves the email by itself', async () => {
  await using mailing = await startServer({ pinned: { REGISTRATION_MAIL: true } });
  const { client, credentials } = await signedIn(mailing);
  const { code } = await mailTo(mailing, credentials.email);
  expect(await client.verifyEmail({ code })).toMatchObject({ email_verified: true });
});
