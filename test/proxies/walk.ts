import { type IncomingHttpHeaders, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { expect } from 'vitest';
import { goodPassword, type TestServer } from '../harness.ts';

/** A proxy: where it listens, and what its clients call it. */
export interface Entrance {
  readonly port: number;
  /** With a slash at its end. */
  readonly publicUrl: string;
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
  readonly body: any;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly json?: unknown;
}

/** Asks for a URL below the public one, as a browser does whose name server knows the proxy. */
export function askThrough(
  { port }: Entrance,
  url: string,
  { method = 'GET', headers = {}, json }: Asked = {},
): Promise<Reply> {
  const { protocol, host, hostname, pathname, search } = new URL(url);
  const isTls = protocol === 'https:';
  const options = {
    ...{ host: '127.0.0.1', port, method, path: pathname + search, agent: false },
    headers: {
      host,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(isTls && { servername: hostname, rejectUnauthorized: false }), // made for this test
  };
  return new Promise((resolve, reject) => {
    const sent = (isTls ? tlsRequest : plainRequest)(options, async (response) => {
      let text = '';
      response.setEncoding('utf8');
      for await (const chunk of response) text += chunk;
      const isJson = /[/+]json\b/.test(response.headers['content-type'] ?? '');
      const { statusCode: status = 0, headers: answered } = response;
      resolve({ status, headers: answered, text, body: isJson ? JSON.parse(text) : undefined });
    });
    sent.on('error', reject);
    sent.end(json === undefined ? undefined : JSON.stringify(json));
  });
}

/** Goes through everything that has a URL: the API, the pages with their files, cookies and links. */
export async function walkThrough(entrance: Entrance, server: TestServer): Promise<void> {
  const { publicUrl } = entrance;
  const { origin, hostname, pathname } = new URL(publicUrl);
  const at = (path: string) => new URL(path, publicUrl).href;
  const ask = (url: string, asked?: Asked) => askThrough(entrance, url, asked);
  const statusOf = async (url: string) => (await ask(url)).status;
  const admin = await server.signUpAdmin('superuser');
  const credentials = { email: admin.email, password: goodPassword };

  // The API.
  const signedIn = await ask(at('api/login/'), { method: 'POST', json: credentials });
  expect(signedIn.status).toBe(200);
  const authorization = `Bearer ${signedIn.body.access_token}`;
  const me = await ask(at('api/me/'), { headers: { authorization } });
  expect(me.body.email).toBe(admin.email);
  expect(await statusOf(at('.well-known/jwks.json'))).toBe(200);
  const { body: document } = await ask(at('openapi.json'));
  expect(document.servers).toEqual([expect.objectContaining({ url: publicUrl.slice(0, -1) })]);

  // The pages, and all that they load.
  const accept = 'text/html';
  const home = await ask(publicUrl, { headers: { accept } });
  for (const [page, path] of [
    [home.text, ''],
    [(await ask(at('docs'))).text, 'docs'],
    [(await ask(at('docs/'))).text, 'docs/'],
    [(await ask(at('admin/'))).text, 'admin/'],
    [(await ask(at('account/sign-up/'))).text, 'account/sign-up/'],
    [(await ask(at('account/sign-out'))).text, 'account/sign-out'],
    [(await ask(at('problems/not_found'), { headers: { accept } })).text, 'problems/not_found'],
  ] as const) {
    const urls = [...page.matchAll(/ (?:src|href)="(?!data:)([^"]*)"/g)].map(([, url = '']) => url);
    expect(urls.length).toBeGreaterThan(0);
    for (const url of urls) {
      const whole = new URL(url, at(path)).href;
      const leadsOn = whole === at('account/'); // to the sign-in
      expect([whole, await statusOf(whole)]).toEqual([whole, leadsOn ? 303 : 200]);
    }
  }
  const withoutSlash = await ask(at('admin'));
  const { location = '' } = withoutSlash.headers;
  expect(new URL(location, at('admin')).href).toBe(at('admin/'));

  // The cookie of the admin site, for a browser that says nothing but its Origin.
  const site = { origin, 'x-latchkey-admin': '1' };
  const sent = { method: 'POST', headers: site, json: credentials };
  const entered = await ask(at('admin/session/'), sent);
  expect([entered.status, entered.text]).toEqual([200, expect.stringContaining('access_token')]);
  const [cookie = '', ...attributes] = entered.headers['set-cookie']?.[0]?.split('; ') ?? [];
  expect(attributes).toContain(`Path=${pathname}admin/session/`);
  expect(attributes.includes('Secure')).toBe(hostname !== '127.0.0.1');
  const headers = { ...site, cookie };
  const refreshed = await ask(at('admin/session/refresh/'), { method: 'POST', headers });
  expect(refreshed.status).toBe(200);
  const foreign = { ...sent, headers: { ...site, origin: 'https://evil.example' } };
  expect((await ask(at('admin/session/'), foreign)).body.code).toBe('csrf_refused');

  // Links, whatever the client says of itself.
  const { id } = await server.signUp();
  await server.deps.database.db
    .updateTable('users')
    .set({ password_hash: null })
    .where('id', '=', id)
    .execute();
  const invited = await ask(at(`api/admin/users/${id}/invitation/`), {
    method: 'POST',
    headers: {
      authorization,
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      'x-forwarded-prefix': '/evil',
      forwarded: 'host=evil.example;proto=http',
    },
  });
  const [page, token] = invited.body.url.split('?token=');
  expect(page).toBe(at('account/invitation/'));
  // Its page, and all that it loads, where the proxy has it.
  const opened = await ask(invited.body.url);
  expect([opened.status, opened.headers.location]).toEqual([303, '../../account/invitation/']);
  const [linkCookie = '', ...linkAttributes] = opened.headers['set-cookie']?.[0]?.split('; ') ?? [];
  expect(linkCookie).toMatch(new RegExp(`latchkey_invitation=${token}$`));
  expect(linkAttributes).toContain(`Path=${pathname}account/invitation/`);
  const form = await ask(page, { headers: { cookie: linkCookie } });
  expect([form.status, form.text]).toEqual([200, expect.stringContaining('name="password"')]);
}
