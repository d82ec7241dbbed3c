import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Answer, goodPassword, startServer, type TestServer } from '../harness.ts';

/** Another process (the CLI, a backup) that holds the write lock of the database for a while. */

function holdLock(server: TestServer): Disposable {
  const other = new DatabaseSync(server.deps.database.location);
  other.exec('begin immediate');
  return {
    [Symbol.dispose]() {
      if (other.isTransaction) other.exec('rollback');
      other.close();
    },
  };
}

async function someWrites(server: TestServer): Promise<() => Promise<Answer>[]> {
  const [one, two, three] = [await server.signUp(), await server.signUp(), await server.signUp()];
  const post = (path: string, json: unknown) => server.send('POST', path, { json });
  return () => [
    post('/api/refresh/', { refresh_token: one.refresh_token }),
    post('/api/refresh/', { refresh_token: two.refresh_token }),
    post('/api/logout/', { refresh_token: three.refresh_token }),
    post('/api/register/', { email: 'new@example.com', password: goodPassword }),
    post('/api/login/', { email: one.email, password: goodPassword }),
    server.send('PUT', '/api/me/', { token: one.access_token, json: { username: 'one' } }),
  ];
}

const good = [200, 200, 200, 201, 200, 200];
const statusesOf = (answers: readonly Answer[]) => answers.map((answer) => answer.status);

test('writes wait and then succeed; reads are answered meanwhile', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  const write = await someWrites(server);
  const reader = await server.signUp();
  const lock = holdLock(server);
  const writes = write();
  let settled = 0;
  for (const answer of writes) void answer.then(() => (settled += 1));
  for (let reads = 0; reads < 10; reads += 1) {
    const answer = await server.send('GET', '/api/me/', { token: reader.access_token });
    expect(answer.status).toBe(200); // the lock is kept longer: it has not waited for it
    await sleep(10);
  }
  expect(settled).toBe(0);
  lock[Symbol.dispose]();
  expect(statusesOf(await Promise.all(writes))).toEqual(good);
});

test('held for too long: all who wait get 503 together, and lose nothing', async () => {
  await using server = await startServer({ pinned: { ACCESS_TOKEN_LIFETIME: 3_600 } });
  const write = await someWrites(server);
  const lock = holdLock(server);
  const startedAt = performance.now();
  const answers = await Promise.all(write());
  const waitedMs = performance.now() - startedAt;
  for (const answer of answers) {
    expect(answer).toMatchObject({ status: 503, body: { code: 'database_unavailable' } });
    expect(answer.headers.get('retry-after')).toBe('1');
  }
  expect(waitedMs).toBeGreaterThan(4_500);
  expect(waitedMs).toBeLessThan(25_000); // six times five seconds, were each to wait for the one before
  lock[Symbol.dispose]();
  expect(statusesOf(await Promise.all(write()))).toEqual(good);
});
