import { afterAll, expect } from 'vitest';
import { goodPassword, startServer } from '../harness.ts';
import {
  answers,
  invalidRefreshToken,
  invalidToken,
  newEmail,
  oldToken,
  type Row,
  startContractServer,
  testLines,
} from './lines.ts';

const { server, ask, post, refreshWith, me, later } = await startContractServer();
afterAll(() => server[Symbol.asyncDispose]());

const tokens: Row[] = [
  [
    'A JWT, HS256 by default; claims `user_id` (integer) and `exp` at least; 30 seconds by default',
    async () => {
      await using usual = await startServer();
      const { id, access_token } = await usual.signUp();
      const [header, claims] = access_token
        .split('.', 2)
        .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
      expect([header.alg, claims.user_id]).toEqual(['HS256', id]);
      expect(usual.deps.settings.get('ACCESS_TOKEN_LIFETIME')).toBe(30);
      expect(claims.exp - Math.floor(usual.clock.nowMs() / 1000)).toBeGreaterThan(20);
      expect(claims.exp - Math.floor(usual.clock.nowMs() / 1000)).toBeLessThanOrEqual(30);
      usual.clock.advance(31_000);
      await answers(usual.send('GET', '/api/me/', { token: access_token }), 401, invalidToken);
    },
  ],
  [
    'without `exp`, `alg: none`, any other algorithm, `nbf` in the future, a `user_id` or `exp` that is no integer is refused',
    async () => {
      const { id: user_id } = await server.signUp();
      const good = { user_id, exp: later() };
      for (const token of [
        oldToken({ user_id }),
        oldToken(good, { alg: 'none' }),
        oldToken(good, { alg: 'HS512' }),
        oldToken({ ...good, nbf: later() }),
        oldToken({ ...good, user_id: String(user_id) }),
        oldToken({ ...good, exp: later() + 0.5 }),
      ]) {
        await answers(me(`Bearer ${token}`), 401, invalidToken);
      }
    },
  ],
  [
    'One that is signed with the secret and has `user_id` and `exp` alone is good',
    async () => {
      const { id } = await server.signUp();
      await answers(me(`Bearer ${oldToken({ user_id: id, exp: later() })}`), 200, { id });
    },
  ],
  [
    'Refreshing does not end older access tokens. The Bearer scheme ignores case',
    async () => {
      const { access_token, refresh_token } = await server.signUp();
      await answers(refreshWith(refresh_token), 200);
      await answers(me(`bEARER ${access_token}`), 200);
    },
  ],
  [
    'A stale Bearer or foreign Basic header on a public endpoint does no harm',
    async () => {
      for (const authorization of ['Bearer stale', 'Basic YTpi']) {
        const json = { email: newEmail(), password: goodPassword };
        await answers(ask('POST', 'register/', { json, headers: { authorization } }), 201);
      }
    },
  ],
  [
    'A UUID string, any letter case accepted; is not trimmed',
    async () => {
      const { refresh_token } = await server.signUp();
      await answers(refreshWith(` ${refresh_token}`), 400, invalidRefreshToken);
      await answers(refreshWith(refresh_token.toUpperCase()), 200);
    },
  ],
  [
    'Lifetime: `REFRESH_TOKEN_LIFETIME`, 2,592,000 seconds by default; the lifetime starts anew; expired is refused',
    async () => {
      await using usual = await startServer();
      expect(usual.deps.settings.get('REFRESH_TOKEN_LIFETIME')).toBe(2_592_000);
      const refresh = (refresh_token: string) =>
        usual.send('POST', '/api/refresh/', { json: { refresh_token } });
      let { refresh_token } = await usual.signUp();
      for (const _ of [1, 2]) {
        usual.clock.advance(2_591_000_000);
        refresh_token = (await answers(refresh(refresh_token), 200)).body.refresh_token;
      }
      usual.clock.advance(2_593_000_000);
      await answers(refresh(refresh_token), 400, invalidRefreshToken);
    },
  ],
  [
    'presented again it is refused, and a refusal right after its first use does its successor no harm',
    async () => {
      const { refresh_token } = await server.signUp();
      const { body } = await answers(refreshWith(refresh_token), 200);
      await answers(refreshWith(refresh_token), 400, invalidRefreshToken);
      await answers(refreshWith(body.refresh_token), 200);
    },
  ],
  [
    'Logging out ends that session alone',
    async () => {
      const first = await server.signUp();
      const second = await post('login/', { email: first.email, password: goodPassword });
      await answers(post('logout/', { refresh_token: first.refresh_token }), 200);
      await answers(refreshWith(second.body.refresh_token), 200);
    },
  ],
  [
    'Settings take effect on the next request',
    async () => {
      await using usual = await startServer();
      const { access_token: token } = await usual.signUpAdmin('superuser');
      const path = '/api/admin/settings/ACCESS_TOKEN_LIFETIME/';
      await answers(usual.send('PUT', path, { token, json: { value: 600 } }), 200);
      await usual.catchUp();
      const later = await usual.signUp();
      usual.clock.advance(590_000);
      const own = { token: later.access_token };
      await answers(usual.send('GET', '/api/me/', own), 200);
    },
  ],
];

testLines('Tokens and settings', tokens);
