import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/harness.ts';
import { unwrap } from '../src/index.ts';
import { breakableNetwork, codeOf, createClient, signedIn } from './clients.ts';

/** Answers that break off, are empty, or are of somebody else. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const json = { 'content-type': 'application/json' };

/** An answer whose body begins, and ends with an error. */
function brokenOff(status = 200): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"id": 1, "em'));
    },
    pull: (controller) => controller.error(new TypeError('terminated')),
  });
  return new Response(body, { status, headers: json });
}

test('a body that breaks off is a network that failed, and what only reads is asked for again', async () => {
  const network = breakableNetwork();
  const { client, session, credentials } = await signedIn(server, network);
  let broken = 2;
  let sent = 0;
  network.answerWith(async (request) => {
    sent += 1;
    broken -= 1;
    return broken >= 0 ? brokenOff() : fetch(request);
  });
  expect((await client.readProfile()).id).toBe(session.userId);
  expect(sent).toBe(3);

  broken = 1_000;
  expect(await codeOf(client.readProfile())).toBe('network_error');
  sent = 0;
  expect(await codeOf(client.changeProfile({ username: 'ada' }))).toBe('network_error');
  expect(
    await codeOf(
      unwrap(
        client.api.POST('/api/me/password/', {
          body: { current_password: 'a', new_password: 'b' },
        }),
      ),
    ),
  ).toBe('network_error');
  expect(sent).toBe(2);
  expect(await codeOf(client.signIn(credentials))).toBe('network_error');
  network.answerWith(async () => brokenOff(500));
  expect(await codeOf(client.readProfile())).toBe('network_error');
  expect(await codeOf(client.signIn(credentials))).toBe('network_error');
});

const foreign = {
  'an empty answer': () => new Response(null),
  'an empty answer of JSON': () =>
    new Response('', { headers: { ...json, 'content-length': '0' } }),
  'no content': () => new Response(null, { status: 204 }),
  'a page': () => new Response('<h1>Log in to our Wi-Fi</h1>'),
  'other JSON': () => new Response('{"status":"ok"}', { headers: json }),
  'a list': () => new Response('[]', { headers: json }),
  'a null': () => new Response('null', { headers: json }),
};

test.each(Object.entries(foreign))(
  '%s in place of a success is told as such',
  async (_name, make) => {
    const network = breakableNetwork();
    const { client, credentials, ends } = await signedIn(server, network);
    network.answerWith(async () => make());
    for (const call of [
      () => client.readProfile(),
      () => client.changeProfile({ username: 'ada' }),
      () => client.changePassword({ current_password: 'a', new_password: 'b' }),
      () => client.listSessions(),
      () => client.endSession(1),
      () => client.endOtherSessions(),
      () => client.signUp(credentials),
      () => client.signIn(credentials),
    ]) {
      expect(await codeOf(call())).toBe('unexpected_answer');
    }
    expect(ends).toEqual([]);
    expect(await client.signOut()).toBe(false);
  },
);

test('an endpoint of `api` that answers with something else has it as an error', async () => {
  const { client } = createClient(server, {
    environment: { fetch: async () => new Response('<h1>Hello</h1>') },
  });
  const { data, error } = await client.api.GET('/api/me/');
  expect([data, error?.code]).toEqual([undefined, 'unexpected_answer']);
});
