import { afterAll, expect } from 'vitest';
import { goodPassword } from '../harness.ts';
import { sendRaw } from '../raw-http.ts';
import {
  answers,
  fields,
  invalidCredentials,
  invalidRefreshToken,
  invalidToken,
  jsonText,
  newEmail,
  oldToken,
  type Row,
  startContractServer,
  testLines,
} from './lines.ts';

const { server, ask, post, refreshWith, me, later } = await startContractServer();
afterAll(() => server[Symbol.asyncDispose]());

const owner = await server.signUp();

const noDictionary = (kind: string) => ({
  non_field_errors: [`Invalid data. Expected a dictionary, but got ${kind}.`],
});
const withDictionary = [
  ['POST', 'register/'],
  ['PUT', 'me/'],
] as const;
const authorized = (path: string) => (path === 'me/' ? { token: owner.access_token } : {});

const bodiesAndHeaders: Row[] = [
  [
    'JSON array, number, string or boolean where an object belongs (register, `/me/`)',
    async () => {
      for (const [method, path] of withDictionary) {
        for (const [body, kind] of [
          ['[]', 'list'],
          ['1', 'int'],
          ['1.0', 'float'],
          ['"x"', 'str'],
          ['true', 'bool'],
        ] as const) {
          const options = { ...jsonText(body), ...authorized(path) };
          await answers(ask(method, path, options), 400, noDictionary(kind));
        }
      }
    },
  ],
  [
    'JSON `null` there',
    async () => {
      for (const [method, path] of withDictionary) {
        const options = { ...jsonText('null'), ...authorized(path) };
        const said = { non_field_errors: ['No data provided'] };
        await answers(ask(method, path, options), 400, said);
      }
    },
  ],
  [
    'non-object JSON at login; at refresh and logout',
    async () => {
      for (const body of ['[]', '1', '"x"', 'true', 'null']) {
        await answers(ask('POST', 'login/', jsonText(body)), 401, invalidCredentials);
        await answers(ask('POST', 'refresh/', jsonText(body)), 400, invalidRefreshToken);
        await answers(ask('POST', 'logout/', jsonText(body)), 400, invalidRefreshToken);
      }
    },
  ],
  [
    'broken JSON, `NaN`, bad UTF-8, white space alone',
    async () => {
      for (const body of ['{', 'NaN', ' \n', new Uint8Array([0x22, 0xff, 0x22])]) {
        for (const path of ['register/', 'login/', 'refresh/', 'logout/']) {
          const { detail } = (await answers(ask('POST', path, jsonText(body)), 400)).body;
          expect(detail).toMatch(/^JSON parse error - ./);
        }
      }
    },
  ],
  [
    'empty body: as `{}`',
    async () => {
      await fields(ask('POST', 'register/'), { email: ['This field is required.'] });
      await answers(ask('POST', 'login/'), 401, invalidCredentials);
      await answers(ask('POST', 'refresh/', jsonText('')), 400, invalidRefreshToken);
      await answers(ask('PUT', 'me/', { token: owner.access_token }), 200);
    },
  ],
  [
    'other or missing `Content-Type` with a body',
    async () => {
      const headers = { 'content-type': 'text/plain' };
      await answers(ask('POST', 'login/', { body: '{}', headers }), 415, {
        detail: 'Unsupported media type "text/plain" in request.',
      });
      const bare = sendRaw(server.origin, { method: 'POST', target: '/api/login/', body: '{}' });
      await answers(bare, 415, { detail: 'Unsupported media type "" in request.' });
    },
  ],
  ['body over the limit', () => answers(post('login/', { email: 'x'.repeat(1_100_000) }), 413)],
  [
    'no token, or another scheme, at `/me/`',
    async () => {
      for (const authorization of ['', 'Basic YTpi']) {
        const answer = await answers(me(authorization), 401, {
          detail: 'Authentication credentials were not provided.',
        });
        expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      }
    },
  ],
  [
    '`Bearer` alone / token with spaces / not UTF-8',
    async () => {
      const header = (what: string) => ({ detail: `Invalid token header. ${what}` });
      await answers(me('Bearer'), 401, header('No credentials provided.'));
      await answers(me('Bearer a b'), 401, header('Token string should not contain spaces.'));
      const value = Buffer.concat([Buffer.from('Bearer '), Buffer.from([0xff])]);
      await answers(
        sendRaw(server.origin, { target: '/api/me/', headers: [['Authorization', value]] }),
        401,
        header('Token string should not contain invalid characters.'),
      );
    },
  ],
  [
    'bad, expired or foreign token',
    async () => {
      const exp = later();
      const foreign = oldToken({ user_id: owner.id, exp }).replace(/.$/, (c) =>
        c === 'A' ? 'Q' : 'A',
      );
      const expired = oldToken({ user_id: owner.id, exp: 1 });
      for (const token of ['x', expired, foreign.replace(/\.[^.]*$/, '.AAAA')]) {
        const answer = await answers(me(`Bearer ${token}`), 401, invalidToken);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer\b/);
      }
    },
  ],
  [
    'good token of a deleted or deactivated user',
    async () => {
      const admin = await server.signUpAdmin('superuser');
      const by = { token: admin.access_token };
      const inactive = { detail: 'User inactive or deleted.' };
      const first = await server.signUp();
      await answers(ask('POST', `admin/users/${first.id}/deactivate/`, { ...by, json: {} }), 200);
      await answers(me(`Bearer ${first.access_token}`), 401, inactive);
      const second = await server.signUp();
      await answers(ask('DELETE', `admin/users/${second.id}/`, by), 200);
      await answers(me(`Bearer ${second.access_token}`), 401, inactive);
    },
  ],
  [
    '`OPTIONS` on any path here, with or without a token',
    async () => {
      for (const [path, allow] of Object.entries(allowed)) {
        for (const headers of [{}, { authorization: 'Bearer stale' }]) {
          const answer = await ask('OPTIONS', path, { headers });
          expect([200, 204]).toContain(answer.status);
          expect(answer.headers.get('allow')).toBe(allow);
        }
      }
    },
  ],
  [
    'wrong method',
    async () => {
      for (const [path, allow] of Object.entries(allowed)) {
        const method = path === 'me/' ? 'POST' : 'GET';
        const detail = `Method "${method}" not allowed.`;
        const answer = await answers(ask(method, path, authorized(path)), 405, { detail });
        expect(answer.headers.get('allow')).toBe(allow);
      }
    },
  ],
  [
    'unknown path',
    async () => {
      const answer = await answers(ask('GET', 'unknown/'), 404);
      expect(answer.headers.get('content-type')).toMatch(/json/);
    },
  ],
  [
    'repeated key in a form: the last one counts',
    async () => {
      const email = newEmail();
      const form = new URLSearchParams([
        ['email', 'x'],
        ['email', email],
        ['password', goodPassword],
      ]);
      await answers(ask('POST', 'register/', { form }), 201, { email });
    },
  ],
  [
    'On `/me/` the token is checked before the body',
    () => answers(ask('PUT', 'me/', jsonText('{')), 401),
  ],
  [
    'A deactivated user can neither log in, nor refresh, nor use an access token',
    async () => {
      const { access_token: token } = await server.signUpAdmin('superuser');
      const user = await server.signUp();
      await answers(ask('POST', `admin/users/${user.id}/deactivate/`, { token, json: {} }), 200);
      const { email } = user;
      await answers(post('login/', { email, password: goodPassword }), 401, invalidCredentials);
      await answers(refreshWith(user.refresh_token), 400, invalidRefreshToken);
      await answers(me(`Bearer ${user.access_token}`), 401);
    },
  ],
  [
    'Paths end in a slash and are served without it too, never by a redirect',
    async () => {
      await answers(post('register', { email: newEmail(), password: goodPassword }), 201);
      const own = { token: owner.access_token };
      await answers(ask('GET', 'me', own), 200);
      await answers(ask('PUT', 'me', { ...own, json: {} }), 200);
      await answers(post('login', {}), 401, invalidCredentials);
      await answers(post('refresh', {}), 400, invalidRefreshToken);
      await answers(post('logout', {}), 400, invalidRefreshToken);
    },
  ],
  [
    'Bodies: JSON, `application/x-www-form-urlencoded` and `multipart/form-data`',
    async () => {
      const { email } = await server.signUp();
      const members = { email, password: goodPassword };
      const multipart = new FormData();
      for (const [name, value] of Object.entries(members)) multipart.set(name, value);
      for (const options of [{ json: members }, { form: members }, { body: multipart }]) {
        await answers(ask('POST', 'login/', options), 200);
      }
    },
  ],
  [
    'Every error is a problem document: `type`, `title`, `status`, plus `code` and `request_id`',
    async () => {
      for (const asked of [
        post('login/', {}),
        post('register/', {}),
        post('refresh/', {}),
        ask('GET', 'me/'),
        ask('GET', 'login/'),
        ask('GET', 'unknown/'),
      ]) {
        const { status, headers, body } = await asked;
        expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
        expect(body).toMatchObject({
          ...{ type: `/problems/${body.code}`, title: expect.any(String), status },
          ...{ code: expect.any(String), request_id: headers.get('x-request-id') },
        });
      }
    },
  ],
];

const allowed = {
  'register/': 'POST, OPTIONS',
  'login/': 'POST, OPTIONS',
  'refresh/': 'POST, OPTIONS',
  'logout/': 'POST, OPTIONS',
  'me/': 'GET, PUT, PATCH, HEAD, OPTIONS',
};

testLines('Bodies and headers', bodiesAndHeaders);
