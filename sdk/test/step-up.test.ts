import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, startServer, type TestServer } from '../../test/harness.ts';
import type { StepUp, StepUpCallback } from '../src/index.ts';
import { codeOf, signedIn } from './clients.ts';

/** Requests that need a more recent proof of who the user is (RFC 9470). */

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const needed: StepUp = { acrValues: ['aal1'], maxAge: 900 };

/** A client whose sign-in is too old for an export. */
async function longSignedIn(stepUp?: StepUpCallback, api?: () => Response) {
  const { db } = server.deps.database;
  const fetched: string[] = [];
  const made = await signedIn(server, {
    stepUp,
    origins: ['https://api.example.com'],
    environment: {
      fetch: async (request: Request) => {
        fetched.push(`${request.method} ${new URL(request.url).pathname}`);
        return api && request.url.startsWith('https://api.') ? api() : fetch(request);
      },
    },
  });
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms: 1 })
    .where('user_id', '=', made.session.userId)
    .execute();
  const exported = async () => (await made.client.fetch(`${server.origin}/api/me/export/`)).status;
  fetched.splice(0);
  return { ...made, fetched, exported };
}

test('without a callback the answer is the caller’s: nothing is refreshed, and nobody signed out', async () => {
  const { client, exported, fetched, ends } = await longSignedIn();
  expect(await exported()).toBe(401);
  const { error } = await client.api.GET('/api/me/export/');
  expect(error?.code).toBe('insufficient_user_authentication');
  expect(error?.problem).toMatchObject({ acr_values: 'aal1', max_age: 900 });
  expect(fetched).toEqual(['GET /api/me/export/', 'GET /api/me/export/']);
  expect([ends, client.session === undefined]).toEqual([[], false]);
});

test('the callback runs once for all that wait, and each request is sent once more', async () => {
  const asked: StepUp[] = [];
  const made = await longSignedIn(async (stepUp) => {
    asked.push(stepUp);
    await made.client.reauthenticate({ password: goodPassword });
  });
  expect(await Promise.all([made.exported(), made.exported()])).toEqual([200, 200]);
  expect(asked).toEqual([needed]);
  expect(made.fetched.filter((path) => path.endsWith('/refresh/'))).toEqual([]);
  expect(made.fetched.filter((path) => path.endsWith('/export/'))).toHaveLength(4);
});

test('a step-up that was not enough is not asked for twice', async () => {
  let asked = 0;
  const { exported } = await longSignedIn(async () => {
    asked += 1;
  });
  expect(await exported()).toBe(401);
  expect(asked).toBe(1);
});

test('who gives up gets the answer, or what the callback throws', async () => {
  const refused = await longSignedIn(async () => false);
  expect(await refused.exported()).toBe(401);
  expect(refused.fetched).toHaveLength(1);
  const failed = await longSignedIn(() => Promise.reject(new Error('cancelled')));
  expect(await codeOf(failed.exported())).toBe('not ours: Error: cancelled');
  expect(failed.ends).toEqual([]);
});

test('another server gets a token that says how the user signed in now', async () => {
  const challenge =
    'Bearer error="insufficient_user_authentication", error_description="x", acr_values="phr aal2", max_age="60"';
  const asked: StepUp[] = [];
  let times = 0;
  const made = await longSignedIn(
    async (stepUp) => void asked.push(stepUp),
    () => {
      times += 1;
      const headers = { 'www-authenticate': challenge };
      return times === 1 ? new Response('', { status: 401, headers }) : new Response('{}');
    },
  );
  expect((await made.client.fetch('https://api.example.com/things')).status).toBe(200);
  expect(asked).toEqual([{ acrValues: ['phr', 'aal2'], maxAge: 60 }]);
  expect(made.fetched).toEqual(['GET /things', 'POST /api/refresh/', 'GET /things']);
});
