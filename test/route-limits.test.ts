import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changesData } from '../src/http/routes.ts';
import { createVisitor } from './account-visitor.ts';
import { goodPassword, startServer, type TestServer } from './harness.ts';

/** Every route that changes data has a limit; for users who are signed in it is one by user. */

interface Declared {
  readonly name: string;
  readonly config: FastifyContextConfig;
}

const declared: Declared[] = [];
let server: TestServer;

function noteRoutes(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, config = {} }) => {
    if (changesData({ method, config })) declared.push({ name: `${method} ${url}`, config });
  });
}

beforeAll(async () => {
  const limited = [
    ...(['CHANGES_PER_USER', 'SECURITY_CHANGES_PER_SESSION'] as const),
    ...(['CHANGES_PER_ADMINISTRATOR', 'EXPORTS_PER_USER'] as const),
  ];
  server = await startServer({
    pinned: Object.fromEntries(limited.map((name) => [name, 1])),
    beforeRoutes: async (app) => noteRoutes(app),
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const mails = ['MAILS_PER_NETWORK', 'MAILS_PER_RECIPIENT', 'MAILS_PER_RECIPIENT_A_DAY'];

/** What the handlers of public routes count, and where that is tested. */
const publicLimits = {
  'POST /api/register/': ['REGISTRATIONS_PER_ACCOUNT', 'REGISTRATIONS_PER_NETWORK'],
  'POST /api/registrations/': [
    'MAILS_PER_NETWORK',
    'MAILS_PER_RECIPIENT',
    'MAILS_PER_RECIPIENT_A_DAY',
  ],
  'POST /api/registrations/confirm/': [
    'REGISTRATIONS_PER_NETWORK',
    'LINK_TOKEN_FAILURES_PER_NETWORK',
  ],
  'POST /api/login/': [
    'LOGIN_FAILURES_PER_ACCOUNT',
    'LOGIN_FAILURES_PER_DEVICE',
    'LOGIN_FAILURES_PER_NETWORK',
    'LOGINS_PER_ACCOUNT',
    'LOGINS_PER_NETWORK',
  ],
  'POST /api/login/second-factor/': ['FACTOR_FAILURES_PER_FACTOR', 'FACTOR_FAILURES_PER_NETWORK'],
  'POST /api/login/passkey/': ['LOGIN_FAILURES_PER_NETWORK', 'LOGINS_PER_NETWORK'],
  'POST /api/login/mail/': mails,
  'POST /api/login/mail/confirm/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/login/enrolment/': ['FACTOR_FAILURES_PER_NETWORK', 'SECURITY_CHANGES_PER_SESSION'],
  'POST /api/login/enrolment/confirm/': ['FACTOR_FAILURES_PER_NETWORK'],
  'POST /api/login/enrolment/passkey/options/': ['FACTOR_FAILURES_PER_NETWORK'],
  'POST /api/login/enrolment/passkey/': ['FACTOR_FAILURES_PER_NETWORK'],
  'POST /api/refresh/': ['REFRESHES_PER_SESSION', 'REFRESHES_PER_NETWORK'],
  'POST /api/logout/': ['REFRESHES_PER_NETWORK'],
  'POST /api/password-reset/': mails,
  'POST /api/email-undo/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/email-verification/': [
    'LOGIN_FAILURES_PER_ACCOUNT',
    'LOGIN_FAILURES_PER_DEVICE',
    'LOGIN_FAILURES_PER_NETWORK',
    'LOGINS_PER_ACCOUNT',
    'LOGINS_PER_NETWORK',
    ...mails,
  ],
  'POST /api/email-verification/confirm/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/password-reset/confirm/': [
    ...['LINK_TOKEN_FAILURES_PER_NETWORK', 'FACTOR_FAILURES_PER_FACTOR'],
    'FACTOR_FAILURES_PER_NETWORK',
  ],
  'POST /api/password-reset/options/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/factor-reset/cancel/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/not-me/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/not-me/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/invitation/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /api/setup/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /admin/session/': [
    'LOGIN_FAILURES_PER_ACCOUNT',
    'LOGIN_FAILURES_PER_DEVICE',
    'LOGIN_FAILURES_PER_NETWORK',
    'LOGINS_PER_ACCOUNT',
    'LOGINS_PER_NETWORK',
  ],
  'POST /admin/session/second-factor/': [
    'FACTOR_FAILURES_PER_FACTOR',
    'FACTOR_FAILURES_PER_NETWORK',
  ],
  'POST /admin/session/passkey/': ['LOGIN_FAILURES_PER_NETWORK', 'LOGINS_PER_NETWORK'],
  'POST /admin/session/refresh/': ['REFRESHES_PER_SESSION', 'REFRESHES_PER_NETWORK'],
  'DELETE /admin/session/': ['REFRESHES_PER_NETWORK'],
  'POST /account/sign-in/': [
    'LOGIN_FAILURES_PER_ACCOUNT',
    'LOGIN_FAILURES_PER_DEVICE',
    'LOGIN_FAILURES_PER_NETWORK',
    'LOGINS_PER_ACCOUNT',
    'LOGINS_PER_NETWORK',
  ],
  'POST /account/sign-in/enrolment/': [
    ...['FACTOR_FAILURES_PER_FACTOR', 'FACTOR_FAILURES_PER_NETWORK'],
    'SECURITY_CHANGES_PER_SESSION',
  ],
  'POST /account/sign-in/second-factor/': [
    'FACTOR_FAILURES_PER_FACTOR',
    'FACTOR_FAILURES_PER_NETWORK',
  ],
  'POST /account/sign-out/': ['REFRESHES_PER_NETWORK'],
  'POST /account/forgot/': mails,
  'POST /account/reset/': [...mails, 'LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/mail-sign-in/': mails,
  'POST /account/mail-sign-in/code/': [...mails, 'LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/invitation/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/setup/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/sign-up/': [
    'REGISTRATIONS_PER_ACCOUNT',
    'REGISTRATIONS_PER_NETWORK',
    ...mails,
    'LINK_TOKEN_FAILURES_PER_NETWORK',
  ],
  'POST /account/email/confirm/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/undo/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/release/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
  'POST /account/prove/': ['LINK_TOKEN_FAILURES_PER_NETWORK'],
};

test('each public route that changes data names its limits', () => {
  const routes = declared.filter(({ config }) => config.auth?.kind === 'public');
  expect(Object.fromEntries(routes.map(({ name, config }) => [name, config.limits]))).toEqual(
    publicLimits,
  );
});

test('every other is refused to a user who has used up the limit', async () => {
  const ofApi = (kind: string | undefined) => kind === 'user' || kind === 'admin';
  const routes = declared.filter(({ config }) => ofApi(config.auth?.kind));
  expect(routes.length).toBeGreaterThan(25);
  for (const { name } of routes) {
    const { access_token: token } = await server.signUpAdmin('superuser');
    const [method = '', url = ''] = name.split(' ');
    const path = url.replaceAll(/:\w+/g, '999999');
    const first = await server.send(method, path, { token });
    expect([name, first.status], first.text).not.toEqual([name, 429]);
    const second = await server.send(method, path, { token });
    expect([name, second.status]).toEqual([name, 429]);
    expect(second.headers.get('retry-after')).toMatch(/^\d+$/);
  }
});

test('and so is every form of the account site', async () => {
  const routes = declared.filter(({ config }) => config.auth?.kind === 'account');
  expect(routes.length).toBeGreaterThan(5);
  for (const { name, config } of routes) {
    const { email } = await server.signUp();
    const browser = createVisitor(server);
    await browser.signIn(email);
    const path = name.replace('POST ', '');
    // Answered with the form again, or with what it is for: what was sent is empty.
    expect([name, (await browser.post(path)).status]).not.toEqual([name, 429]);
    const page = await browser.post(path);
    expect([name, page.status, config.limits?.length]).toEqual([name, 429, 1]);
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/);
  }
});

test('the limit is by user, whatever the session, and over with its hour', async () => {
  const user = await server.signUp();
  const other = await server.signUp();
  const change = async (token: string) =>
    (await server.send('PATCH', '/api/me/', { token, json: {} })).status;
  expect([await change(user.access_token), await change(user.access_token)]).toEqual([200, 429]);
  expect(await change(other.access_token)).toBe(200);
  const json = { email: user.email, password: 'correct horse battery' };
  const login = () => server.send('POST', '/api/login/', { json });
  expect(await change((await login()).body.access_token)).toBe(429);
  server.clock.advance(3_600_000);
  expect(await change((await login()).body.access_token)).toBe(200);
});

test('a thief who uses up the limits of one session keeps the owner from nothing in another', async () => {
  const thief = await server.signUp();
  const json = { email: thief.email, password: goodPassword };
  const { body: owner } = await server.send('POST', '/api/login/', { json });
  const spend = async (token: string) => {
    const changed = await server.send('PATCH', '/api/me/', { token, json: {} });
    const confirmed = await server.send('POST', '/api/me/reauthenticate/', { token, json: {} });
    return [changed.status, confirmed.status];
  };
  await spend(thief.access_token);
  expect(await spend(thief.access_token)).toEqual([429, 429]);
  const token = owner.access_token;
  const ended = await server.send('DELETE', '/api/sessions/?keep_current=true', { token });
  expect([ended.status, ended.body]).toEqual([200, { ended: 1 }]);
});
