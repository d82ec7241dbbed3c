import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { type Answer, send, temporaryFolder } from './harness.ts';
import { type ServerProcess, startServerProcess } from './server-process.ts';

/** What a real server writes to its log, and what never stands there. */

const secretKey = 'a-client-secret-that-nobody-may-read-in-a-log';
const email = 'ada.lovelace@secret-address.example';
const password = 'correct-horse-secret-battery';

interface Line {
  readonly level: number;
  readonly time: string;
  readonly msg: string;
  readonly req_id?: string;
  readonly [member: string]: unknown;
}

/** Stops the server, so that nothing is held back, and gives its log: JSON lines and nothing else. */
async function wholeLog(server: ServerProcess): Promise<Line[]> {
  await server[Symbol.asyncDispose]();
  const lines = server.log().split('\n');
  expect(lines.pop()).toBe('');
  return lines.map((line) => JSON.parse(line));
}

/** Sends bytes that are not a request, and returns the answer. */
function sendRaw(origin: string, text: string): Promise<string> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.on('data', (bytes) => {
      answer += bytes;
    });
    socket.once('close', () => resolve(answer)).once('error', reject);
  });
}

describe('the log', () => {
  test('never holds a password, a token, an email or a secret, whatever happens', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({
      folder: folder.path,
      flags: ['--log-level', 'debug'],
      environment: { LATCHKEY_SECRET_KEY: secretKey },
    });
    const ask = (method: string, path: string, options = {}) =>
      send(server.origin, method, path, options);
    const secrets = [secretKey, email, 'secret-address', password];
    const answers: Answer[] = [];
    const keep = (answer: Answer) => {
      answers.push(answer);
      for (const name of ['access_token', 'refresh_token']) {
        if (answer.body?.[name]) secrets.push(answer.body[name]);
      }
      return answer;
    };
    const json = { email, password };

    keep(await ask('POST', '/api/register/', { json }));
    keep(await ask('POST', '/api/register/', { json }));
    const first = keep(await ask('POST', '/api/login/', { json })).body;
    keep(await ask('POST', '/api/login/', { json: { email, password: `${password}!` } }));
    keep(await ask('POST', '/api/login/', { form: json }));
    const headers = { 'idempotency-key': 'a-key-that-is-secret' };
    secrets.push('a-key-that-is-secret');
    keep(await ask('POST', '/api/refresh/', { json: first, headers }));
    keep(await ask('POST', '/api/refresh/', { json: first }));
    keep(await ask('GET', '/api/me/', { token: first.access_token }));
    keep(
      await ask('PATCH', '/api/me/', { token: first.access_token, json: { email: `x${email}` } }),
    );
    // In the wrong places, and broken.
    keep(await ask('GET', `/api/me/?token=${first.access_token}&password=${password}`));
    keep(await ask('GET', `/${email}/${password}`));
    keep(await ask('GET', `/problems/${password}`));
    keep(await ask('GET', '/api/me/', { token: `${first.access_token}x` }));
    keep(
      await ask('POST', '/api/login/', {
        body: `{"password": "${password}`,
        headers: { 'content-type': 'application/json' },
      }),
    );
    keep(
      await ask('POST', '/api/login/', {
        body: password,
        headers: { 'content-type': `text/${password}` },
      }),
    );
    keep(
      await ask('DELETE', `/api/sessions/?keep_current=${password}`, { token: first.access_token }),
    );
    await sendRaw(server.origin, `GET /${password} HTTP/9.9\r\nauthorization: ${email}\r\n\r\n`);
    await sendRaw(server.origin, `GET / HTTP/1.1\r\nx-secret: ${password.repeat(1_000)}\r\n\r\n`);
    // And with a database that is broken under it.
    breakDatabase(folder.path);
    keep(await ask('POST', '/api/register/', { json: { email: `y${email}`, password } }));
    keep(await ask('POST', '/api/login/', { json }));
    keep(await ask('POST', '/api/refresh/', { json: first }));
    keep(await ask('POST', '/api/logout/', { json: first }));
    keep(await ask('GET', '/api/me/', { token: first.access_token }));
    keep(await ask('GET', '/api/me/export/', { token: first.access_token }));

    const log = await wholeLog(server);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].sort()).toEqual([200, 201, 400, 401, 404, 415, 500]);
    expect(log.filter(({ level }) => level === 50).length).toBeGreaterThanOrEqual(5);
    const text = JSON.stringify(log);
    for (const secret of secrets) expect(text).not.toContain(secret);
    for (const [, payload = ''] of secrets
      .filter((s) => s.startsWith('ey'))
      .map((s) => s.split('.'))) {
      expect(text).not.toContain(payload);
    }
  });

  test('has one line for each request, with its route, its status and its time', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    await send(server.origin, 'POST', '/api/login', { json: {} });
    const [line, ...rest] = (await wholeLog(server)).filter(({ msg }) => msg === 'request');
    expect(rest).toEqual([]);
    expect(line).toEqual({
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      pid: server.process.pid,
      req_id: expect.any(String),
      method: 'POST',
      route: '/api/login/',
      status: 401,
      ms: expect.any(Number),
      msg: 'request',
    });
  });

  test('says nothing of health checks and scrapes, unless debugging', async () => {
    const logOf = async (level: string) => {
      using folder = temporaryFolder();
      await using server = await startServerProcess({
        folder: folder.path,
        flags: ['--log-level', level],
      });
      for (const origin of [server.origin, server.operationsOrigin ?? '']) {
        for (const path of ['/healthz', '/readyz', '/metrics']) await send(origin, 'GET', path);
      }
      return (await wholeLog(server)).filter(({ msg }) => msg === 'request');
    };
    const [atInfo, atDebug] = await Promise.all([logOf('info'), logOf('debug')]);
    expect(atInfo.map(({ route, status }) => [route, status])).toEqual([['none', 404]]);
    expect(atDebug).toHaveLength(6);
  });
});

/** Drops a table behind the server's back: from now on its queries fail as nobody foresaw. */
function breakDatabase(folder: string): void {
  const database = new DatabaseSync(join(folder, 'data', 'latchkey.db'));
  database.exec('pragma foreign_keys = off; drop table sessions; drop table users');
  database.close();
}

describe('the id of a request', () => {
  test('is the same in the header, the problem document and the log', async () => {
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    const answers = [
      await send(server.origin, 'GET', '/api/me/'),
      await send(server.origin, 'GET', '/nowhere'),
      await send(server.origin, 'PUT', '/api/login/'),
      await send(server.origin, 'POST', '/api/register/', { json: {} }),
    ];
    breakDatabase(folder.path);
    answers.push(await send(server.origin, 'POST', '/api/login/', { json: { email, password } }));
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 405, 400, 500]);
    const raw = await sendRaw(server.origin, 'NONSENSE\r\n\r\n');

    const log = await wholeLog(server);
    for (const { status, headers, body } of answers) {
      expect(headers.get('x-request-id')).toBe(body.request_id);
      const lines = log.filter((line) => line.req_id === body.request_id);
      expect(lines.map(({ msg }) => msg)).toEqual(
        status === 500 ? ['request failed', 'request'] : ['request'],
      );
      expect(lines.at(-1)).toMatchObject({ status });
    }
    const ids = answers.map(({ body }) => body.request_id);
    expect(new Set(ids).size).toBe(ids.length);

    const [head = '', body = ''] = raw.split('\r\n\r\n');
    const { request_id: id } = JSON.parse(body);
    expect(head).toMatch(/^HTTP\/1\.1 400 /);
    expect(head).toContain(`x-request-id: ${id}\r\n`);
    expect(log.filter((line) => line.req_id === id)).toMatchObject([
      { msg: 'unreadable request', status: 400 },
    ]);
  });

  test('is the one that a proxy sent, if it is harmless', async () => {
    const harmless = ['7c1f0e6a-2f4b-4a57-9f0e-0d8a5b0c1d2e', 'abcd.EFGH_1234-5', 'x'.repeat(64)];
    const harmful = [
      'x'.repeat(65),
      'short',
      '',
      'with a space in it',
      '"quoted","admin":true',
      '<script>alert(1)</script>',
      'new\tline and more',
      'ada@example.com',
      'ünïcödé-id',
    ];
    using folder = temporaryFolder();
    await using server = await startServerProcess({ folder: folder.path });
    const given: string[] = [];
    for (const sent of [...harmless, ...harmful]) {
      const answer = await sendRaw(
        server.origin,
        `GET /api/me/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx-request-id: ${sent}\r\n\r\n`,
      );
      const id = /x-request-id: (.*)\r\n/.exec(answer)?.[1] ?? '';
      expect(id).toMatch(/^[\w.-]{8,64}$/);
      expect([sent, id === sent]).toEqual([sent, harmless.includes(sent)]);
      expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').request_id).toBe(id);
      given.push(id);
    }
    const log = (await wholeLog(server)).filter(({ msg }) => msg === 'request');
    expect(log.map((line) => line.req_id)).toEqual(given);
  });
});
