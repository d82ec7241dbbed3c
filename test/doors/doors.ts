import { createVisitor, type Visitor } from '../account-visitor.ts';
import { type Answer, goodPassword, type TestServer } from '../harness.ts';
import { mailedCode, mailTo } from '../mailed-codes.ts';
import { credentialsOf, type Method, type Person } from './people.ts';

/** Every way to a session, through the front door. A route that is one, and is not here, fails the test beside this. */

/** Where somebody stands who has knocked. */
export type Opened =
  | { readonly kind: 'in' }
  /** The second factor is asked for. */
  | { readonly kind: 'waits'; finish(method: Method): Promise<Opened> }
  | { readonly kind: 'refused'; readonly answer: Answer };

/** What a door is shown first. */
type FirstProof = 'password' | 'mail' | 'passkey' | 'new password by mail';

export interface Door {
  readonly proof: FirstProof;
  /** The routes that it goes through. */
  readonly routes: readonly string[];
  /** Whether a remembered device stands in for the second factor at it. */
  readonly knowsDevices?: true;
  /** What is sent of the second factor; absent: all that the user has. */
  readonly methods?: readonly Method[];
  /** @param device the token of a remembered device, which every door is sent; absent: there is none */
  open(server: TestServer, person: Person, device?: string): Promise<Opened>;
}

/** What nobody may be told who is not in. */
const secrets = /access_token|refresh_token|latchkey_(account|admin)=[^;]/;

function refused(answer: Answer): Opened {
  return { kind: 'refused', answer };
}

export function leaks({ text, headers }: Answer): boolean {
  return secrets.test(text) || headers.getSetCookie().some((line) => secrets.test(line));
}

/** The answer of a route of the API that ends with a pair. */
function ofApi(server: TestServer, person: Person, answer: Answer): Opened {
  if (answer.status === 200) return { kind: 'in' };
  if (answer.body.code !== 'second_factor_required' || leaks(answer)) return refused(answer);
  const { flow } = answer.body;
  return {
    kind: 'waits',
    async finish(method) {
      const factor = await person.prove(method, () => askPasskey(server, flow));
      const json = { flow, ...factor };
      return ofApi(
        server,
        person,
        await server.send('POST', '/api/login/second-factor/', { json }),
      );
    },
  };
}

const askPasskey = async (server: TestServer, flow: string) =>
  (await server.send('POST', '/api/login/second-factor/options/', { json: { flow } })).body;

const ours = { 'x-latchkey-admin': '1', 'sec-fetch-site': 'same-origin' };

function ofAdminSite(server: TestServer, person: Person, answer: Answer): Opened {
  const hasCookie = answer.headers.getSetCookie().some((line) => /latchkey_admin=[^;]/.test(line));
  if (answer.status === 200 && hasCookie) return { kind: 'in' };
  if (answer.body.code !== 'second_factor_required' || leaks(answer)) return refused(answer);
  const { flow } = answer.body;
  return {
    kind: 'waits',
    async finish(method) {
      const factor = await person.prove(method, () => askPasskey(server, flow));
      const options = { headers: ours, json: { flow, ...factor } };
      const done = await server.send('POST', '/admin/session/second-factor/', options);
      return ofAdminSite(server, person, done);
    },
  };
}

const secondStep = '/account/sign-in/second-factor/';

/** Where a page of the account site led to. */
function ofAccountSite(
  server: TestServer,
  person: Person,
  browser: Visitor,
  page: Answer & { path: string },
): Opened {
  if (browser.cookies.has('latchkey_account')) return { kind: 'in' };
  if (!page.path.startsWith(secondStep)) return refused(page);
  return {
    kind: 'waits',
    async finish(method) {
      const by = method === 'recovery_code' ? '?by=recovery_code' : '';
      const path = `${secondStep}${by}`;
      const flow = browser.cookies.get('latchkey_second_step') ?? '';
      const factor = await person.prove(method, () => askPasskey(server, flow));
      return ofAccountSite(server, person, browser, await browser.submit(path, formOf(factor)));
    },
  };
}

/** As a form has it. */
function formOf(members: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(members).map(([name, value]) => [
    ...[name, typeof value === 'string' ? value : JSON.stringify(value)],
  ]);
  return Object.fromEntries(texts);
}

async function ask(server: TestServer, { email }: Person) {
  const { body } = await server.send('POST', '/api/login/mail/', { json: { email } });
  return { flow: body.flow as string, code: (await mailTo(server, email)).code };
}

/** A browser on a device that is remembered, or is not. */
function visitorOn(server: TestServer, device: string | undefined): Visitor {
  const cookie = ['latchkey_device', { value: device ?? '', path: '/account/' }] as const;
  return createVisitor(server, {}, device === undefined ? [] : [cookie]);
}

export const doors: readonly Door[] = [
  {
    proof: 'password',
    routes: ['POST /api/login/', 'POST /api/login/second-factor/'],
    knowsDevices: true,
    async open(server, person, device_token) {
      const json = { ...credentialsOf(person), device_token };
      return ofApi(server, person, await server.send('POST', '/api/login/', { json }));
    },
  },
  {
    proof: 'mail',
    routes: ['POST /api/login/mail/confirm/'],
    knowsDevices: true,
    async open(server, person, device_token) {
      const json = { ...(await ask(server, person)), device_token };
      return ofApi(server, person, await server.send('POST', '/api/login/mail/confirm/', { json }));
    },
  },
  {
    proof: 'passkey',
    routes: ['POST /api/login/passkey/'],
    async open(server, person) {
      const asked = await server.send('POST', '/api/login/passkey/options/', { json: {} });
      const json = { credential: person.passkey.get(asked.body) };
      return ofApi(server, person, await server.send('POST', '/api/login/passkey/', { json }));
    },
  },
  {
    proof: 'new password by mail',
    routes: [],
    async open(server, person) {
      const { flow, code } = await mailedCode(server, person.email);
      const sent = { flow, code, password: goodPassword };
      const path = '/api/password-reset/confirm/';
      const answer = await server.send('POST', path, { json: sent });
      if (answer.body.code !== 'second_factor_required') {
        return ofApi(
          server,
          person,
          await server.send('POST', '/api/login/', { json: credentialsOf(person) }),
        );
      }
      return {
        kind: 'waits',
        async finish(method) {
          const second_factor = await person.prove(method, async () => {
            const json = { flow, code };
            return (await server.send('POST', '/api/password-reset/options/', { json })).body;
          });
          // No token comes of it: that is a sign-in like any other.
          return refused(await server.send('POST', path, { json: { ...sent, second_factor } }));
        },
      };
    },
  },
  {
    proof: 'password',
    routes: ['POST /admin/session/', 'POST /admin/session/second-factor/'],
    knowsDevices: true,
    async open(server, person, device) {
      const headers = { ...ours, ...(device && { cookie: `latchkey_admin_device=${device}` }) };
      const options = { headers, json: credentialsOf(person) };
      return ofAdminSite(server, person, await server.send('POST', '/admin/session/', options));
    },
  },
  {
    proof: 'passkey',
    routes: ['POST /admin/session/passkey/'],
    async open(server, person) {
      const asked = await server.send('POST', '/api/login/passkey/options/');
      const options = { headers: ours, json: { credential: person.passkey.get(asked.body) } };
      const answer = await server.send('POST', '/admin/session/passkey/', options);
      return ofAdminSite(server, person, answer);
    },
  },
  {
    proof: 'password',
    routes: ['POST /account/sign-in/', 'POST /account/sign-in/second-factor/'],
    knowsDevices: true,
    async open(server, person, device) {
      const browser = visitorOn(server, device);
      const page = await browser.submit('/account/sign-in/', credentialsOf(person));
      return ofAccountSite(server, person, browser, page);
    },
  },
  {
    proof: 'mail',
    routes: ['POST /account/mail-sign-in/code/'],
    knowsDevices: true,
    async open(server, person, device) {
      const browser = visitorOn(server, device);
      const { email } = person;
      const page = await browser.submit('/account/mail-sign-in/', { email });
      const { code } = await mailTo(server, email);
      return ofAccountSite(server, person, browser, await browser.submit(page.path, { code }));
    },
  },
  {
    proof: 'new password by mail',
    routes: ['POST /account/reset/'],
    methods: ['totp', 'recovery_code'], // with a passkey no password is needed
    async open(server, person, device) {
      const browser = visitorOn(server, device);
      const page = await browser.submit('/account/forgot/', { email: person.email });
      const { code } = await mailTo(server, person.email);
      const form = { code, password: goodPassword };
      const opened = await browser.submit(page.path, form);
      if (!opened.text.includes('name="recovery_code"')) {
        return ofAccountSite(server, person, browser, opened);
      }
      return {
        kind: 'waits',
        async finish(method) {
          const { code: factor_code, ...factor } = await person.prove(method, () => {
            throw new Error('It asks for no passkey.');
          });
          const sent = { ...form, ...factor, ...(factor_code !== undefined && { factor_code }) };
          const done = await browser.submit(page.path, formOf(sent));
          return ofAccountSite(server, person, browser, done);
        },
      };
    },
  },
  {
    proof: 'password',
    routes: ['POST /account/invitation/'],
    async open(server, person, device) {
      const { db } = server.deps.database;
      await db
        .updateTable('users')
        .set({ password_hash: null })
        .where('id', '=', person.id)
        .execute();
      const { access_token: token } = await server.signUpAdmin('superuser');
      const path = `/api/admin/users/${person.id}/invitation/`;
      const { body } = await server.send('POST', path, { token });
      const link = new URL(body.url);
      const browser = visitorOn(server, device);
      const page = await browser.follow(await browser.get(link.pathname + link.search), '/');
      const done = await browser.submit(page.path, { password: goodPassword });
      return ofAccountSite(server, person, browser, done);
    },
  },
];

/** Doors that go on with a session, or begin one of another kind. They are tested by themselves. */
export const otherDoors = [
  'POST /api/refresh/',
  'POST /api/login/enrolment/confirm/',
  'POST /api/login/enrolment/passkey/',
  'POST /account/sign-in/enrolment/',
  'POST /admin/session/refresh/',
  'POST /api/admin/users/{id}/impersonation/',
];

/** Pages of the sites that anybody can send, and that lead to no session of an account that was there before. */
export const noDoors = [
  // They make the account.
  ...['POST /account/setup/', 'POST /account/sign-up/'],
  // They mail something, or end something.
  ...['POST /account/forgot/', 'POST /account/mail-sign-in/', 'POST /account/not-me/'],
  ...['POST /account/sign-out/', 'POST /account/undo/', 'DELETE /admin/session/'],
  'POST /account/release/',
  // They prove an email, and change nothing about who is signed in.
  ...['POST /account/email/confirm/', 'POST /account/prove/'],
];
