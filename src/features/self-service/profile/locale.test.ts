import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';
import { locales } from '../../platform/mail/index.ts';

/** The language of a user: what their mails are written in, where no request of theirs says it. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const speaking = (language: string) => ({ 'accept-language': language });
const localeOf = async (token: string) =>
  (await server.send('GET', '/api/me/', { token })).body.locale;
const change = (token: string, json: object) => server.send('PATCH', '/api/me/', { token, json });
const signIn = async (email: string, language: string) => {
  const json = { email, password: goodPassword };
  const headers = speaking(language);
  return (await server.send('POST', '/api/login/', { json, headers })).body.access_token as string;
};

test('it is the one that the registration asks for first', async () => {
  const json = { email: 'erika@example.com', password: goodPassword };
  const headers = speaking('fr;q=0.5, de-at, en;q=0.8');
  expect((await server.send('POST', '/api/register/', { json, headers })).status).toBe(201);
  expect(await localeOf(await signIn(json.email, 'en'))).toBe('de-AT');
});

test('else that of the first sign-in', async () => {
  const { email, access_token: first } = await server.signUp();
  expect(await localeOf(first)).toBeNull();
  expect(await localeOf(await signIn(email, 'nonsense!'))).toBeNull();
  expect(await localeOf(await signIn(email, 'pt-br, de'))).toBe('pt-BR');
  expect(await localeOf(await signIn(email, 'de'))).toBe('pt-BR');
});

test('users choose another, or none, and a text that is not a language is refused', async () => {
  const { id, access_token: token } = await server.signUp();
  expect((await change(token, { locale: 'de_AT' })).body.locale).toBe('de-AT');
  expect((await change(token, { username: 'erika' })).body.locale).toBe('de-AT');
  for (const locale of ['not a language', true, ['de'], {}]) {
    const refused = await change(token, { locale, username: 'other' });
    expect([refused.status, refused.body.locale]).toEqual([
      400,
      ['Enter a language, such as en or de-AT.'],
    ]);
  }
  const profile = (await server.send('GET', '/api/me/', { token })).body;
  expect(profile).toMatchObject({ username: 'erika', locale: 'de-AT' });
  // A client that sends back what it has read changes nothing.
  expect(await change(token, profile)).toMatchObject({ status: 200, body: profile });
  expect((await change(token, { locale: null })).body.locale).toBeNull();
  const event = await server.deps.database.db
    .selectFrom('audit_events')
    .select('details')
    .where('user_id', '=', id)
    .where('kind', '=', 'user.changed')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(event.details)).toEqual({ fields: ['locale'] });
});

test('a mail is in the language of the request, then in that of the user', async () => {
  const { email, access_token: token } = await server.signUp();
  await change(token, { locale: 'de-AT' });
  const languageOf = async (headers: Record<string, string>) => {
    await server.send('POST', '/api/password-reset/', { json: { email }, headers });
    return (await mailTo(server, email)).locale;
  };
  for (const locale of locales) expect(await languageOf(speaking(locale))).toBe(locale);
  expect(await languageOf({})).toBe('de');
  expect(await languageOf(speaking('fr'))).toBe('de');
  expect(await languageOf(speaking('fr, en-GB;q=0.5'))).toBe('en');
});

test('whom an administrator invites is written to in their own language', async () => {
  const { db } = server.deps.database;
  const admin = await server.signUpAdmin(['users.create', 'users.view']);
  const invite = async (locale: string | null) => {
    const { id, email } = await server.signUp();
    const columns = { password_hash: null, locale };
    await db.updateTable('users').set(columns).where('id', '=', id).execute();
    const path = `/api/admin/users/${id}/`;
    const token = admin.access_token;
    await server.send('POST', `${path}invitation/`, { token, headers: speaking('de') });
    expect((await server.send('GET', path, { token })).body.locale).toBe(locale);
    return (await mailTo(server, email)).locale;
  };
  expect(await invite('en-GB')).toBe('en');
  expect(await invite(null)).toBe('de');
});
