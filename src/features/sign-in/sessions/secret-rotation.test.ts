import { afterEach, expect, test } from 'vitest';
import {
  type Answer,
  send,
  startServer,
  type TestServer,
  testSecret,
} from '../../../../test/harness.ts';
import { type App, buildApp } from '../../../app.ts';
import { createMetrics } from '../../../http/metrics.ts';

/** The effect of a new secret on the tokens that an older one has made. */

const newSecret = 'a newer secret for tests that is long enough for HS256';
const newestSecret = 'the newest secret for tests that is long enough too';

const running: App[] = [];
afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

/** The server as it is after a restart: on the same database, with other secrets. */
async function restart(server: TestServer, secretKey: string, ...secretKeyFallbacks: string[]) {
  const app = await buildApp({
    ...server.deps,
    metrics: createMetrics(),
    secretKey,
    secretKeyFallbacks,
  });
  running.push(app);
  const origin = await app.http.listen({ host: '127.0.0.1', port: 0 });
  return {
    me: (token: string) => send(origin, 'GET', '/api/me/', { token }),
    logout: (refresh_token: string) =>
      send(origin, 'POST', '/api/logout/', { json: { refresh_token } }),
    refresh: (refresh_token: string, key?: string) =>
      send(origin, 'POST', '/api/refresh/', {
        json: { refresh_token },
        ...(key !== undefined && { headers: { 'idempotency-key': key } }),
      }),
  };
}

const outcome = ({ status, body }: Answer) => [status, body.code];
const refused = [400, 'invalid_refresh_token'];

test('with the old secret as a fallback nobody notices; without it every token is refused', async () => {
  await using server = await startServer();
  const own = await server.signUp();
  const other = await server.signUp();
  const rotated = await restart(
    server,
    newSecret,
    'another secret that is older still!',
    testSecret,
  );
  expect((await rotated.me(own.access_token)).body).toMatchObject({ id: own.id });

  const next = await rotated.refresh(own.refresh_token);
  expect(next.status).toBe(200);
  expect((await rotated.me(next.body.access_token)).status).toBe(200);
  expect((await rotated.logout(other.refresh_token)).status).toBe(200);
  expect(outcome(await rotated.me(other.access_token))).toEqual([401, 'logged_out']);

  // The new pair is of the new secret alone: the fallback can go.
  const alone = await restart(server, newSecret);
  expect((await alone.me(next.body.access_token)).status).toBe(200);
  expect((await alone.refresh(next.body.refresh_token)).status).toBe(200);
  expect(outcome(await alone.me(own.access_token))).toEqual([401, 'invalid_token']);
  for (const { refresh_token } of [own, other]) {
    expect(outcome(await alone.refresh(refresh_token))).toEqual(refused);
    expect(outcome(await alone.logout(refresh_token))).toEqual(refused);
  }
});

test('a token of the old secret that was used before ends its session', async () => {
  await using server = await startServer();
  const { refresh_token: first, ...own } = await server.signUp();
  const second = await server.send('POST', '/api/refresh/', { json: { refresh_token: first } });
  const rotated = await restart(server, newSecret, testSecret);
  const third = await rotated.refresh(second.body.refresh_token);
  expect(third.status).toBe(200);
  expect(outcome(await rotated.refresh(first))).toEqual([400, 'refresh_token_reused']);
  expect(outcome(await rotated.refresh(third.body.refresh_token))).toEqual([
    400,
    'refresh_token_reused',
  ]);
  expect(outcome(await rotated.me(own.access_token))).toEqual([401, 'refresh_token_reused']);
});

test('a retry across the restart gets the successor, sealed under the new secret', async () => {
  await using server = await startServer();
  const { refresh_token } = await server.signUp();
  const lost = await server.send('POST', '/api/refresh/', {
    json: { refresh_token },
    headers: { 'idempotency-key': 'the one' },
  });
  expect(lost.status).toBe(200);
  const rotated = await restart(server, newSecret, testSecret);
  expect(outcome(await rotated.refresh(refresh_token, 'another'))).toEqual(refused);
  const retried = await rotated.refresh(refresh_token, 'the one');
  expect(retried.status).toBe(200);
  expect(retried.body.refresh_token).not.toBe(lost.body.refresh_token);
  expect((await rotated.me(retried.body.access_token)).status).toBe(200);

  // The answer that was lost names the same generation: one of the two works, once.
  const both = await Promise.all([
    rotated.refresh(retried.body.refresh_token),
    rotated.refresh(lost.body.refresh_token),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([200, 400]);
});

test('several older secrets at once, each with its tokens', async () => {
  await using server = await startServer();
  const first = await server.signUp();
  const second = await (await restart(server, newSecret, testSecret)).refresh(first.refresh_token);
  const other = await server.signUp();
  const rotated = await restart(server, newestSecret, newSecret, testSecret);
  for (const { access_token, refresh_token } of [second.body, other]) {
    expect((await rotated.me(access_token)).status).toBe(200);
    expect((await rotated.refresh(refresh_token)).status).toBe(200);
  }
});
