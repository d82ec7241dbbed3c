import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { setSetting } from '../../../settings/change-settings.ts';
import type { SettingName, SettingValues } from '../../../settings/registry.ts';
import { hashPassword } from './password-hashes.ts';

const tooShort = 'This password is too short. It must contain at least 8 characters.';
const tooCommon = 'This password is too common.';
const likeEmail = 'The password is too similar to the email address.';
const likeUsername = 'The password is too similar to the username.';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const register = (email: string, password: unknown) =>
  server.send('POST', '/api/register/', { json: { email, password } });

describe('registration', () => {
  test.each([
    ['too short', 'ada@example.com', 'sh0rt.x', [tooShort]],
    ['too short without the white space around it', 'ada@example.com', '  sh0rt.x  ', [tooShort]],
    ['too short in code points', 'ada@example.com', '😀😁😂🤣😃😄😅', [tooShort]],
    ['common', 'ada@example.com', 'iloveyou1', [tooCommon]],
    ['common in another letter case', 'ada@example.com', 'ILoveYou1', [tooCommon]],
    ['common in full width', 'ada@example.com', 'ｐａｓｓｗｏｒｄ', [tooCommon]],
    ['a number that is common', 'ada@example.com', 12_345_678, [tooCommon]],
    ['like the local part', 'lovelace.ada@example.com', 'Lovelace7', [likeEmail]],
    ['like the domain', 'ada@byron-estate.org', 'estate-byron', [likeEmail]],
    ['the email itself', 'ada@byron-estate.org', 'ada@byron-estate.org', [likeEmail]],
    ['all of it', 'passwort@example.com', 'passwor', [tooShort, tooCommon, likeEmail]],
  ])('refuses a password that is %s', async (_name, email, password, messages) => {
    const answer = await register(email, password);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'invalid_fields', password: messages });
    expect(answer.body).not.toHaveProperty('email');
    const { db } = server.deps.database;
    const users = await db.selectFrom('users').select('id').where('email', '=', email).execute();
    expect(users).toEqual([]);
  });

  test.each([
    ['of the least length', 'grace1@example.com', 'qv8.wz3k'],
    ['of words', 'grace2@example.com', goodPassword],
    ['with common words in it', 'grace3@example.com', 'my password is long'],
    ['a little like the email', 'grace4@example.com', 'disgraceful41x'],
    ['of one character, many times: no rules of composition', 'g5@example.com', 'z'.repeat(40)],
  ])('takes a password %s', async (_name, email, password) => {
    expect((await register(email, password)).status).toBe(201);
  });

  test('checks once all fields are good alone: until then the answer is the contract’s', async () => {
    const both = await register('no email', 'x');
    expect(both.body).toMatchObject({ email: ['Enter a valid email address.'] });
    expect(both.body).not.toHaveProperty('password');
    const nul = await register('ada@example.com', '\0');
    expect(nul.body.password).toEqual(['Null characters are not allowed.']);
  });
});

test('the number in the message follows the setting, and each check can be switched off', async () => {
  await using own = await startServer();
  const problems = async (password: string) => {
    const json = { email: 'passwort@example.com', password };
    return (await own.send('POST', '/api/register/', { json })).body.password;
  };
  const set = (name: SettingName, value: SettingValues[SettingName]) =>
    setSetting(own.deps, name, value, { actor: 'test', reason: '' });
  await set('PASSWORD_MIN_LENGTH', 15);
  const longer = tooShort.replace('8', '15');
  expect(await problems('passwort')).toEqual([longer, tooCommon, likeEmail]);
  await set('PASSWORD_BLOCKLIST_CHECK', false);
  expect(await problems('passwort')).toEqual([longer, likeEmail]);
  await set('PASSWORD_SIMILARITY_CHECK', false);
  expect(await problems('passwort')).toEqual([longer]);
  await set('PASSWORD_MIN_LENGTH', 1);
  expect(await problems('p')).toBeUndefined();
});

test('a change of the password is held against the email and the user name', async () => {
  const own = await server.signUp('mary.somerville@example.com');
  const token = own.access_token;
  await server.send('PATCH', '/api/me/', { token, json: { username: 'mechanism.of.heavens' } });
  const change = (current_password: string, new_password: string) =>
    server.send('POST', '/api/me/password/', { token, json: { current_password, new_password } });
  const messages = async (password: string) =>
    (await change(goodPassword, password)).body.new_password;

  expect(await messages('sh0rt.x')).toEqual([tooShort]);
  expect(await messages('iloveyou')).toEqual([tooCommon]);
  expect(await messages('somerville1')).toEqual([likeEmail]);
  expect(await messages('Mechanism9')).toEqual([likeUsername]);
  const both = await change('wrong', 'sh0rt.x');
  expect(both.body).toMatchObject({
    current_password: ['The password is not correct.'],
    new_password: [tooShort],
  });
  const login = { email: own.email, password: goodPassword };
  expect((await server.send('POST', '/api/login/', { json: login })).status).toBe(200);
});

test('a user whose password would be refused now still signs in, and may change it', async () => {
  const own = await server.signUp('caroline@example.com');
  const { db } = server.deps.database;
  const password_hash = hashPassword('1234', { memoryCost: 64, timeCost: 1, parallelism: 1 });
  await db.updateTable('users').set({ password_hash }).where('id', '=', own.id).execute();
  const json = { email: own.email, password: '1234' };
  const login = await server.send('POST', '/api/login/', { json });
  expect(login.status).toBe(200);
  const changed = await server.send('POST', '/api/me/password/', {
    token: login.body.access_token,
    json: { current_password: '1234', new_password: goodPassword },
  });
  expect(changed.status).toBe(200);
});
