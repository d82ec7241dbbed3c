import { goodPassword, type TestServer } from '../../test/harness.ts';
import {
  createLatchkey,
  LatchkeyError,
  type LatchkeyOptions,
  type SessionEnd,
} from '../src/index.ts';

/** Clients of a real server, whose requests and session ends are noted. */

export function createClient(server: TestServer, options: LatchkeyOptions = {}) {
  const sent: Request[] = [];
  const ends: string[] = [];
  const client = createLatchkey({
    baseUrl: server.origin,
    onSessionEnd: ({ cause }: SessionEnd) => ends.push(cause),
    ...options,
    environment: {
      fetch(request) {
        sent.push(new Request(request.url, { method: request.method, headers: request.headers }));
        return fetch(request);
      },
      ...options.environment,
    },
  });
  const paths = () => sent.map(({ method, url }) => `${method} ${url.slice(server.origin.length)}`);
  return { client, sent, ends, paths };
}

let users = 0;

export async function signedIn(server: TestServer, options: LatchkeyOptions = {}) {
  users += 1;
  const credentials = { email: `client${users}@example.com`, password: goodPassword };
  const made = createClient(server, options);
  await made.client.signUp(credentials);
  const session = await made.client.signIn(credentials);
  made.sent.length = 0;
  return { ...made, credentials, session };
}

export const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof LatchkeyError ? error.code : `not ours: ${error}`),
  );

/** A network that loses what it is told to lose. Waits take no time, and requests no end. */
export function breakableNetwork() {
  let answer: (request: Request) => Promise<Response> = fetch;
  return {
    answerWith(next: (request: Request) => Promise<Response>) {
      answer = next;
    },
    environment: {
      fetch: (request: Request) => answer(request),
      sleep: async (ms: number) => {
        if (ms >= 4_000) await new Promise(() => undefined); // a timeout
      },
    },
  };
}
