import { availableParallelism } from 'node:os';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { goodPassword, send, startServer, type TestServer } from '../../test/harness.ts';

/** One sample of a scrape: its value, 0 if there is none. */
async function scrape(server: TestServer): Promise<(sample: string) => number> {
  const { text } = await send(server.operationsOrigin, 'GET', '/metrics');
  const samples = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const end = line.lastIndexOf(' ');
        return [line.slice(0, end), Number(line.slice(end + 1))];
      }),
  );
  return (sample) => samples.get(sample) ?? 0;
}

/** How much samples grow while something happens. */
async function growth(server: TestServer, task: () => Promise<void>) {
  const before = await scrape(server);
  await task();
  const after = await scrape(server);
  return (sample: string) => after(sample) - before(sample);
}

describe('health', () => {
  test('both listeners say that the process runs and that it is ready, whatever is written', async () => {
    await using server = await startServer();
    for (const origin of [server.origin, server.operationsOrigin]) {
      const health = await send(origin, 'GET', '/healthz');
      expect([health.status, health.body]).toEqual([200, { status: 'ok' }]);
      expect(health.headers.get('cache-control')).toBe('no-store');
      const ready = await send(origin, 'GET', '/readyz');
      expect([ready.status, ready.body]).toEqual([200, { status: 'ready' }]);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const write = server.deps.database.db.transaction().execute(() => promise);
    const ready = await server.send('GET', '/readyz');
    resolve();
    await write;
    expect(ready.status).toBe(200); // it does not wait for a write that takes long
  });

  test.each([
    ['migrations', 'delete from schema_migrations', 'migrations are still to be applied'],
    ['database', 'drop table schema_migrations', 'the database does not answer'],
  ])('a failed check is named: %s', async (check, damage, detail) => {
    await using server = await startServer();
    await sql.raw(damage).execute(server.deps.database.db);
    for (const origin of [server.origin, server.operationsOrigin]) {
      const ready = await send(origin, 'GET', '/readyz');
      expect(ready.status).toBe(503);
      expect(ready.headers.get('content-type')).toMatch('application/problem+json');
      expect(ready.headers.get('retry-after')).toBe('1');
      expect(ready.body).toMatchObject({
        code: 'not_ready',
        detail: `Not ready: ${detail}.`,
        failed_checks: [check],
      });
      expect((await send(origin, 'GET', '/healthz')).status).toBe(200);
    }
  });

  test('while it stops it runs but is not ready, and takes nothing new', async () => {
    await using server = await startServer();
    server.app.refuseNewRequests();
    for (const origin of [server.origin, server.operationsOrigin]) {
      expect((await send(origin, 'GET', '/healthz')).status).toBe(200);
      const ready = await send(origin, 'GET', '/readyz');
      expect([ready.status, ready.body.failed_checks]).toEqual([503, ['stopping']]);
    }
    const refused = await server.send('POST', '/api/login/', { json: {} });
    expect([refused.status, refused.body.code]).toEqual([503, 'shutting_down']);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.headers.get('connection')).toBe('close');
  });
});

describe('metrics', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ pinned: { REFRESH_GRACE_PERIOD: 10 } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('name every outcome of a refresh before there is one', async () => {
    const { text } = await send(server.operationsOrigin, 'GET', '/metrics');
    for (const name of ['success', 'repeated', 'invalid_refresh_token', 'session_expired']) {
      expect(text).toContain(`latchkey_refreshes_total{outcome="${name}"} 0`);
    }
  });

  test('are not on the public listener', async () => {
    expect((await server.send('GET', '/metrics')).status).toBe(404);
  });

  test('are the text format of Prometheus', async () => {
    const answer = await send(server.operationsOrigin, 'GET', '/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.text).toContain('# TYPE latchkey_http_request_duration_seconds histogram');
    const posted = await send(server.operationsOrigin, 'POST', '/metrics');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  test('count requests by method, route and status, and time them', async () => {
    const { access_token: token } = await server.signUp();
    const grown = await growth(server, async () => {
      await server.send('GET', '/api/me/', { token });
      await server.send('GET', '/api/me', { token });
      await server.send('GET', '/api/me/');
      await server.send('GET', '/nobody@example.com');
    });
    const name = 'latchkey_http_request_duration_seconds';
    const ok = 'method="GET",route="/api/me/",status="200"';
    expect(grown(`${name}_count{${ok}}`)).toBe(2);
    expect(grown(`${name}_sum{${ok}}`)).toBeGreaterThan(0);
    expect(grown(`${name}_bucket{le="5",${ok}}`)).toBe(2);
    expect(grown(`${name}_count{method="GET",route="/api/me/",status="401"}`)).toBe(1);
    expect(grown(`${name}_count{method="GET",route="none",status="404"}`)).toBe(1);
  });

  test('have every outcome from the start, so that the first burst is a rise', async () => {
    await using fresh = await startServer();
    const { text } = await send(fresh.operationsOrigin, 'GET', '/metrics');
    for (const outcome of [
      'success',
      'second_factor',
      'refused',
      'inactive',
      'malformed',
      'not_admitted',
    ]) {
      expect(text).toContain(`latchkey_sign_ins_total{outcome="${outcome}"} 0\n`);
    }
    for (const outcome of ['clean', 'breached', 'failed']) {
      expect(text).toContain(`latchkey_password_breach_checks_total{outcome="${outcome}"} 0\n`);
    }
    expect(text).toContain('latchkey_refreshes_total{outcome="refresh_token_reused"} 0\n');
  });

  test('count sign-ins by outcome, and time password hashes', async () => {
    await server.signUp('ada@example.com');
    const grown = await growth(server, async () => {
      const login = (json: object) => server.send('POST', '/api/login/', { json });
      await login({ email: 'ada@example.com', password: goodPassword });
      await login({ email: 'ada@example.com', password: 'wrong' });
      await login({ email: 'nobody@example.com', password: goodPassword });
      await login({});
    });
    expect(grown('latchkey_sign_ins_total{outcome="success"}')).toBe(1);
    expect(grown('latchkey_sign_ins_total{outcome="refused"}')).toBe(2);
    expect(grown('latchkey_sign_ins_total{outcome="malformed"}')).toBe(1);
    expect(grown('latchkey_password_hash_duration_seconds_count')).toBe(3);
    expect(grown('latchkey_password_hash_duration_seconds_sum')).toBeGreaterThan(0);
  });

  test('show how many password hashes wait, and none when all are done', async () => {
    await using hashing = await startServer({ realHashes: true });
    const json = { email: 'nobody@example.com', password: 'wrong' };
    const count = 20 * availableParallelism(); // as many threads hash
    const logins = Array.from({ length: count }, () =>
      hashing.send('POST', '/api/login/', { json }),
    );
    const depths: number[] = [];
    const all = Promise.all(logins).then(() => 'done');
    while ((await Promise.race([all, scrape(hashing)])) !== 'done') {
      depths.push((await scrape(hashing))('latchkey_password_hash_queue_depth'));
    }
    expect(Math.max(...depths)).toBeGreaterThan(0);
    expect((await scrape(hashing))('latchkey_password_hash_queue_depth')).toBe(0);
  });

  test('count refreshes by outcome, and the writes that share a commit', async () => {
    const { refresh_token } = await server.signUp();
    const refresh = (json: object, headers = {}) =>
      server.send('POST', '/api/refresh/', { json, headers });
    const others = await Promise.all([server.signUp(), server.signUp(), server.signUp()]);
    const grown = await growth(server, async () => {
      const headers = { 'idempotency-key': 'one' };
      const second = await refresh({ refresh_token }, headers);
      expect((await refresh({ refresh_token }, headers)).body).toEqual(second.body);
      await refresh(second.body); // the first is not the immediate predecessor any more
      await refresh({ refresh_token });
      await refresh({ refresh_token });
      await refresh({});
      await refresh({ refresh_token: 'nonsense' });
      await Promise.all(others.map((other) => refresh({ refresh_token: other.refresh_token })));
      await server.send('POST', '/api/logout/', { json: others[0] });
    });
    const outcome = (name: string) => grown(`latchkey_refreshes_total{outcome="${name}"}`);
    expect(outcome('success')).toBe(2 + others.length);
    expect(outcome('repeated')).toBe(1);
    expect(outcome('refresh_token_reused')).toBe(2);
    expect(outcome('invalid_refresh_token')).toBe(2);
    expect(outcome('failed')).toBe(0);
    const batch = (part: string, operation: string) =>
      grown(`latchkey_commit_batch_size_${part}{operation="${operation}"}`);
    expect(batch('sum', 'refresh')).toBe(2 + others.length + 3);
    expect(batch('count', 'refresh')).toBeLessThanOrEqual(batch('sum', 'refresh'));
    expect(batch('count', 'logout')).toBe(1);
  });

  test('tell the delay of the event loop', async () => {
    const { text } = await send(server.operationsOrigin, 'GET', '/metrics');
    expect(text).toMatch(/^latchkey_nodejs_eventloop_lag_p99_seconds [\d.e-]+$/m);
    expect(text).toMatch(/^latchkey_process_resident_memory_bytes \d+$/m);
  });
});
