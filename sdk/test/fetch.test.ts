import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../test/harness.ts';
import { createLatchkey } from '../src/index.ts';
import { signedIn } from './clients.ts';

/** `latchkey.fetch`, and servers of the application's own. */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const api = 'https://api.example.com';
const refusal = () =>
  new Response('{}', {
    status: 401,
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  });

/** A client whose calls of `api` are answered here. */
async function withApi(answer: (request: Request) => Promise<Response> | Response) {
  let refreshes = 0;
  const environment = {
    fetch: async (request: Request) => {
      if (request.url.startsWith(api)) return answer(request);
      if (request.url.endsWith('/api/refresh/')) refreshes += 1;
      return fetch(request);
    },
  };
  const made = await signedIn(server, { environment, origins: [api] });
  return { ...made, refreshes: () => refreshes };
}

describe('the origins', () => {
  test.each(['https://api.example.com/', 'HTTPS://API.Example.COM', 'https://api.example.com:443'])(
    'are taken as browsers write them: %s',
    async (origin) => {
      const seen: (string | null)[] = [];
      const environment = {
        fetch: async (request: Request) => {
          if (!request.url.startsWith(api)) return fetch(request);
          seen.push(request.headers.get('authorization'));
          return new Response('{}');
        },
      };
      const { client } = await signedIn(server, { environment, origins: [origin] });
      await client.fetch(`${api}/things`);
      expect(seen).toEqual([`Bearer ${await client.accessToken()}`]);
    },
  );

  test.each(['https://api.example.com/v1', 'https://api.example.com?x', 'api.example.com'])(
    'are refused where they are none: %s',
    (origin) => {
      expect(() => createLatchkey({ origins: [origin] })).toThrow(TypeError);
    },
  );
});

describe('a server that refuses every token', () => {
  test('causes one refresh, until it takes one', async () => {
    let refuses = true;
    const { client, refreshes } = await withApi(() => (refuses ? refusal() : new Response('{}')));
    const call = async () => (await client.fetch(`${api}/things`)).status;
    expect(await Promise.all([call(), call(), call()])).toEqual([401, 401, 401]);
    for (let times = 0; times < 5; times += 1) expect(await call()).toBe(401);
    expect(refreshes()).toBe(1);
    refuses = false;
    expect(await call()).toBe(200);
    refuses = true;
    expect(await call()).toBe(401);
    expect(refreshes()).toBe(2);
  });

  test('does not keep other servers from a new token', async () => {
    const { client, refreshes } = await withApi(refusal);
    await client.fetch(`${api}/things`);
    await client.fetch(`${api}/things`);
    server.clock.advance(31_000);
    expect((await client.readProfile()).id).toBeGreaterThan(0);
    expect(refreshes()).toBe(2);
  });
});

describe('a body', () => {
  test('that is a stream is sent once, and never copied', async () => {
    let ahead = 0;
    let mostAhead = 0;
    const chunk = new Uint8Array(64 * 1024);
    const chunks = 200;
    const { client } = await withApi(async (request) => {
      for await (const _chunk of request.body ?? []) ahead -= 1;
      return refusal();
    });
    const upload = (input: (body: ReadableStream) => [string | Request, RequestInit?]) => {
      let left = chunks;
      const body = new ReadableStream(
        {
          pull(controller) {
            ahead += 1;
            mostAhead = Math.max(mostAhead, ahead);
            left -= 1;
            if (left < 0) controller.close();
            else controller.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
      return client.fetch(...input(body));
    };
    const init = { method: 'PUT', duplex: 'half' } as const;
    const first = await upload((body) => [`${api}/files`, { ...init, body }]);
    const second = await upload((body) => [new Request(`${api}/files`, { ...init, body })]);
    expect([first.status, second.status]).toEqual([401, 401]);
    // A copy that nobody reads yet would have kept all of them.
    expect(mostAhead).toBeLessThan(20);
  });

  const bodies: [string, () => [string | Request, RequestInit?]][] = [
    ['text', () => [`${api}/x`, { method: 'POST', body: 'hello' }]],
    ['a Blob', () => [`${api}/x`, { method: 'POST', body: new Blob(['hello']) }]],
    ['bytes', () => [`${api}/x`, { method: 'POST', body: new TextEncoder().encode('hello') }]],
    [
      'JSON of a Request',
      () => [
        new Request(`${api}/x`, {
          method: 'POST',
          body: 'hello',
          headers: { 'content-type': 'application/json' },
        }),
      ],
    ],
  ];
  test.each(bodies)('that is %s is sent again with a new token', async (_name, input) => {
    const seen: string[] = [];
    const { client } = await withApi(async (request) => {
      seen.push(await request.text());
      return seen.length === 1 ? refusal() : new Response('{}');
    });
    expect((await client.fetch(...input())).status).toBe(200);
    expect(seen).toEqual(['hello', 'hello']);
  });
});
