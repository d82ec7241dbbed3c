import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import { errorOf, memoryStorage, type SessionTransport, tokensOf } from '../src/index.ts';
import { breakableNetwork, codeOf, createClient, signedIn } from './clients.ts';

/** `signOut` is true only if the server has ended the session. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const offline = () => Promise.reject(new TypeError('offline'));

test('that did not reach the server can be tried again', async () => {
  const network = breakableNetwork();
  const { client } = await signedIn(server, network);
  const token = (await client.accessToken()) ?? '';
  network.answerWith(offline);
  expect(await client.signOut()).toBe(false);
  expect(await client.signOut()).toBe(false);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(200);
  network.answerWith(fetch);
  expect(await client.signOut()).toBe(true);
  expect((await server.send('GET', '/api/me/', { token })).status).toBe(401);
  expect(await client.signOut()).toBe(true);
});

test('twice at once is a success for neither, where the server was not told', async () => {
  const network = breakableNetwork();
  const { client } = await signedIn(server, network);
  network.answerWith(offline);
  expect(await Promise.all([client.signOut(), client.signOut()])).toEqual([false, false]);
  network.answerWith(fetch);
  expect(await Promise.all([client.signOut(), client.signOut()])).toEqual([true, true]);
});

test('that did not reach the server is not a success in another tab either', async () => {
  const storage = memoryStorage();
  const network = breakableNetwork();
  const { client, credentials } = await signedIn(server, { ...network, storage });
  const other = createClient(server, { storage }).client;
  network.answerWith(offline);
  expect(await client.signOut()).toBe(false);
  expect(await other.signOut()).toBe(false);
  network.answerWith(fetch);
  expect(await client.signOut()).toBe(true);
  expect(await other.signOut()).toBe(true);
  // A later sign-in ends what was left.
  await client.signIn(credentials);
  const token = (await client.accessToken()) ?? '';
  network.answerWith(offline);
  expect(await client.signOut()).toBe(false);
  network.answerWith(fetch);
  await client.signIn(credentials);
  expect((await server.send('GET', '/api/me/', { token })).body.code).toBe('logged_out');
});

test('of a session that was over before is a success', async () => {
  const { client, credentials } = await signedIn(server);
  const { body } = await server.send('POST', '/api/login/', { json: credentials });
  await server.send('DELETE', '/api/sessions/', { token: body.access_token });
  expect(await client.signOut()).toBe(true);
});

test('is not waited for by who has stopped waiting', async () => {
  const { client, ends } = await signedIn(server);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(client.signOut({ signal })).rejects.toThrow('enough');
  await expect(client.ready({ signal })).rejects.toThrow('enough');
  await eventually(() => expect(ends).toEqual(['logged_out']));
});

describe('where the refresh token is in a cookie', () => {
  /** What a server in between does. */
  function cookieTransport(jar: { refreshToken?: string | undefined }): SessionTransport {
    async function post(path: string, json: object): Promise<Response> {
      const body = JSON.stringify(json);
      const headers = { 'content-type': 'application/json' };
      const url = `${server.origin}${path}`;
      const response = await fetch(url, { method: 'POST', headers, body });
      if (!response.ok) throw await errorOf(response);
      return response;
    }
    async function keep(response: Response) {
      const { access_token, refresh_token } = await tokensOf(response);
      jar.refreshToken = refresh_token;
      return { access_token };
    }
    return {
      keepsRefreshToken: true,
      signIn: async (credentials) => keep(await post('/api/login/', credentials)),
      refresh: async () => keep(await post('/api/refresh/', { refresh_token: jar.refreshToken })),
      async signOut() {
        await post('/api/logout/', { refresh_token: jar.refreshToken });
        jar.refreshToken = undefined;
      },
    };
  }

  test('the server is told even where it was not known whether there is a session', async () => {
    const signedUp = await server.signUp();
    const jar = { refreshToken: signedUp.refresh_token };
    const working = cookieTransport(jar);
    const network = breakableNetwork();
    let isOffline = true;
    const orOffline =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      async (...args: Args) =>
        isOffline ? await offline() : call(...args);
    const transport = {
      ...working,
      refresh: orOffline(working.refresh),
      signOut: orOffline(working.signOut),
    };
    const { client } = createClient(server, { ...network, transport });
    expect(await codeOf(client.ready())).toBe('network_error');
    expect(await client.signOut()).toBe(false);
    expect(await client.signOut()).toBe(false);
    isOffline = false;
    expect(await client.signOut()).toBe(true);
    const token = signedUp.access_token;
    expect((await server.send('GET', '/api/me/', { token })).body.code).toBe('logged_out');
    expect(await client.ready()).toBeUndefined();
    expect(client.endCause).toBe('logged_out');
  });

  test('a sign-in after one that the server was not told of is not taken for it', async () => {
    const { email, refresh_token } = await server.signUp();
    const working = cookieTransport({ refreshToken: refresh_token });
    let isOffline = false;
    const transport = {
      ...working,
      signOut: (...args: Parameters<SessionTransport['signOut']>) =>
        isOffline ? offline() : working.signOut(...args),
    };
    const { client } = createClient(server, { ...breakableNetwork(), transport });
    await client.ready();
    isOffline = true;
    expect(await client.signOut()).toBe(false);
    isOffline = false;
    await client.signIn({ email, password: goodPassword });
    expect((await client.readProfile()).email).toBe(email);
  });

  test('a refusal that ends nothing is not a success', async () => {
    const signedUp = await server.signUp();
    const jar = { refreshToken: signedUp.refresh_token };
    const { client } = createClient(server, { transport: cookieTransport(jar) });
    await client.ready();
    await server.send('POST', '/api/refresh/', { json: { refresh_token: jar.refreshToken } });
    expect(await client.signOut()).toBe(false);
    server.clock.advance(10_001);
    expect(await client.signOut()).toBe(true);
  });
});
