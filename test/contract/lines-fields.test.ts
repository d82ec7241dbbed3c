import { afterAll, expect } from 'vitest';
import { goodPassword, startServer } from '../harness.ts';
import {
  answers,
  fields,
  jsonText,
  newEmail,
  type Row,
  startContractServer,
  testLines,
} from './lines.ts';

const { server, ask, post } = await startContractServer();
afterAll(() => server[Symbol.asyncDispose]());

/** What a field of the profile, or of a registration, is answered with. */
const ofEmail = (email: unknown, messages: string[]) =>
  fields(post('register/', { email, password: goodPassword }), { email: messages });
const ofPassword = (password: unknown, messages: string[]) =>
  fields(post('register/', { email: newEmail(), password }), { password: messages });
const owner = await server.signUp();
const ofUsername = (username: unknown, messages: string[]) =>
  fields(ask('PUT', 'me/', { token: owner.access_token, json: { username } }), {
    username: messages,
  });
const atMost = (n: number) => `Ensure this field has no more than ${n} characters.`;
const badEmail = 'Enter a valid email address.';
const badUsername =
  'Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ characters.';
const noNul = 'Null characters are not allowed.';
const surrogate = 'Surrogate characters are not allowed: U+D800.';

const fieldRules: Row[] = [
  [
    'trimmed at both ends (Unicode white space; passwords too, at registration and at login alike)',
    async () => {
      const email = newEmail();
      const sent = { email: `\u2003${email}\n`, password: '\u00a0correct horse\t' };
      await answers(post('register/', sent), 201, { email });
      await answers(post('login/', { email: ` ${email}`, password: ' correct horse ' }), 200);
      await answers(post('login/', { email, password: 'correct horse' }), 200);
    },
  ],
  [
    'A number given for a text field is taken as its decimal text',
    async () => {
      const email = newEmail();
      await answers(
        ask('POST', 'register/', jsonText(`{"email": "${email}", "password": 1.50}`)),
        201,
      );
      await answers(post('login/', { email, password: '1.5' }), 200);
    },
  ],
  [
    'missing',
    () =>
      fields(post('register/', {}), {
        email: ['This field is required.'],
        password: ['This field is required.'],
      }),
  ],
  [
    'e-mail or password blank, or white space alone',
    async () => {
      for (const text of ['', ' \u3000']) {
        await ofEmail(text, ['This field may not be blank.']);
        await ofPassword(text, ['This field may not be blank.']);
      }
    },
  ],
  [
    'username blank, or white space alone, at `/me/`: given up; any number of users may have `""`',
    async () => {
      for (const text of ['', ' \t\u3000']) {
        const { access_token: token } = await server.signUp();
        const change = (username: string) => ask('PUT', 'me/', { token, json: { username } });
        await answers(change('given-up'), 200, { username: 'given-up' });
        await answers(change(text), 200, { username: '' });
        await answers(ask('GET', 'me/', { token }), 200, { username: '' });
      }
    },
  ],
  [
    'null',
    async () => {
      await ofEmail(null, ['This field may not be null.']);
      await ofPassword(null, ['This field may not be null.']);
      await ofUsername(null, ['This field may not be null.']);
    },
  ],
  [
    'boolean, list or object as password or username',
    async () => {
      for (const value of [true, [], {}]) {
        await ofPassword(value, ['Not a valid string.']);
        await ofUsername(value, ['Not a valid string.']);
      }
    },
  ],
  [
    'malformed e-mail; also boolean, list, object',
    async () => {
      for (const value of ['x', 'a@b', true, [], {}]) await ofEmail(value, [badEmail]);
    },
  ],
  [
    'over 254 (e-mail), 128 (password), 150 (username) code points',
    async () => {
      await ofEmail(`${'a'.repeat(250)}@b.co`, [atMost(254)]);
      await ofPassword('😀'.repeat(129), [atMost(128)]);
      await ofUsername('𐐀'.repeat(151), [atMost(150)]);
      const email = newEmail();
      await answers(post('register/', { email, password: '😀'.repeat(128) }), 201);
    },
  ],
  [
    'NUL character',
    async () => {
      await ofEmail('a\0@b.co', [noNul, badEmail]);
      await ofPassword('a\0b', [noNul]);
      await ofUsername('a\0b', [badUsername, noNul]);
    },
  ],
  [
    'lone surrogate',
    async () => {
      await ofEmail('a\ud800@b.co', [surrogate, badEmail]);
      await ofPassword('a\ud800b', [surrogate]);
      await ofUsername('a\ud800b', [badUsername, surrogate]);
    },
  ],
  [
    'e-mail taken (case-insensitive)',
    () => ofEmail(owner.email.toUpperCase(), ['user with this email address already exists.']),
  ],
  [
    'username with other than letters (any script), digits, `@ . + - _`',
    async () => {
      await ofUsername('a b', [badUsername]);
      const { access_token: token } = await server.signUp();
      const json = { username: 'Ада.1@+-_' };
      await answers(ask('PUT', 'me/', { token, json }), 200, json);
    },
  ],
  [
    'username taken',
    async () => {
      const { access_token: token } = await server.signUp();
      await answers(ask('PUT', 'me/', { token, json: { username: 'taken-name' } }), 200);
      await ofUsername('taken-name', ['A user with that username already exists.']);
    },
  ],
  [
    'Order: e-mail: NUL first, then length, then form; username: form first, then length or NUL',
    async () => {
      await ofEmail(`${'a'.repeat(260)}\0`, [noNul, atMost(254), badEmail]);
      await ofUsername(`${'a'.repeat(151)}\0`, [badUsername, atMost(150), noNul]);
    },
  ],
  [
    'The domain is stored and answered in lower case; the part before the @ is kept as typed',
    async () => {
      const email = `Line.${newEmail()}`;
      const typed = email.replace('example.com', 'EXAMPLE.Com');
      await answers(post('register/', { email: typed, password: goodPassword }), 201, { email });
      const { access_token: token } = await server.signUp();
      const moved = `MOVED.${newEmail()}`;
      const json = { email: moved.replace('example.com', 'Example.COM') };
      await answers(ask('PUT', 'me/', { token, json }), 200, { email: moved });
      await answers(ask('GET', 'me/', { token }), 200, { email: moved });
    },
  ],
  [
    'log in with the email in any letter case; no two accounts differ by case alone',
    async () => {
      const { email } = await server.signUp();
      await answers(post('login/', { email: email.toUpperCase(), password: goodPassword }), 200);
      await ofEmail(email.toUpperCase(), ['user with this email address already exists.']);
    },
  ],
];

const departure: Row[] = [
  [
    'new passwords obey the live password settings, with the messages in the field’s list',
    async () => {
      await using usual = await startServer();
      const json = { email: newEmail(), password: 'short' };
      const { body } = await answers(usual.send('POST', '/api/register/', { json }), 400);
      expect(body.password).toEqual([expect.any(String), ...body.password.slice(1)]);
    },
  ],
];

testLines('Field rules', fieldRules);
testLines('The one deliberate departure', departure);
