import { randomUUID } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import { goodPassword } from '../harness.ts';
import {
  answers,
  fields,
  invalidCredentials,
  invalidRefreshToken,
  jsonText,
  newEmail,
  type Row,
  startContractServer,
  testLines,
} from './lines.ts';

const { server, ask, post, refreshWith, me } = await startContractServer();
afterAll(() => server[Symbol.asyncDispose]());

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const requests: Row[] = [
  [
    '`POST /api/register/` success',
    async () => {
      const email = newEmail();
      const { body } = await answers(post('register/', { email, password: goodPassword }), 201);
      expect(body).toEqual({ id: expect.any(Number), username: '', email });
    },
  ],
  [
    '`POST /api/register/` failure',
    () =>
      fields(post('register/', { email: 'x', password: '' }), {
        email: ['Enter a valid email address.'],
        password: ['This field may not be blank.'],
      }),
  ],
  [
    '`POST /api/login/` success',
    async () => {
      const { access_token, refresh_token } = await server.signUp();
      expect(access_token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
      expect(refresh_token).toMatch(uuid);
    },
  ],
  [
    '`POST /api/login/` failure: every failure of the fields; a body that is not JSON is still 400',
    async () => {
      const { email } = await server.signUp();
      for (const json of [{ email, password: 'wrong' }, {}, { email: 7 }, { password: [] }]) {
        await answers(post('login/', json), 401, invalidCredentials);
      }
      await answers(ask('POST', 'login/', jsonText('{')), 400);
    },
  ],
  [
    '`POST /api/refresh/` success: a new pair; the old refresh token stops being usable',
    async () => {
      const { refresh_token } = await server.signUp();
      const { body } = await answers(refreshWith(refresh_token), 200);
      expect(Object.keys(body).sort()).toEqual(['access_token', 'refresh_token']);
      await answers(refreshWith(refresh_token), 400, invalidRefreshToken);
    },
  ],
  [
    '`POST /api/refresh/` failure: missing, malformed, unknown',
    async () => {
      for (const json of [{}, { refresh_token: 'x' }, { refresh_token: randomUUID() }]) {
        await answers(post('refresh/', json), 400, invalidRefreshToken);
      }
    },
  ],
  [
    '`POST /api/logout/` success; needs no access token',
    async () => {
      const { refresh_token } = await server.signUp();
      const said = { success: 'User logged out.' };
      await answers(post('logout/', { refresh_token }), 200, said);
      await answers(refreshWith(refresh_token), 400, invalidRefreshToken);
    },
  ],
  ['`POST /api/logout/` failure', () => answers(post('logout/', {}), 400, invalidRefreshToken)],
  [
    '`GET /api/me/` success',
    async () => {
      const { id, email, access_token } = await server.signUp();
      const { body } = await answers(me(`Bearer ${access_token}`), 200);
      expect(body).toEqual({ id, username: '', email, email_verified: false, locale: null });
    },
  ],
  [
    '`PUT /api/me/` and `PATCH`: partial; unknown members are ignored; one bad field and nothing is stored',
    async () => {
      const { id, email, access_token: token } = await server.signUp();
      for (const method of ['PUT', 'PATCH']) {
        const put = (json: object) => ask(method, 'me/', { token, json });
        const username = `line-${method}`;
        await answers(put({ username, id: 99, password: 'x', more: 1 }), 200, {
          ...{ id, username, email },
        });
        await answers(put({}), 200, { username });
        await answers(ask(method, 'me/', { token }), 200, { username });
        await fields(put({ username: 'other', email: 'x' }), {
          email: ['Enter a valid email address.'],
        });
        await answers(ask('GET', 'me/', { token }), 200, { username, email });
        await answers(post('login/', { email, password: goodPassword }), 200);
      }
    },
  ],
];

testLines('The endpoints', requests);
