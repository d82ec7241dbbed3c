import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, expect, test, vi } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { startServer } from '../../../../test/harness.ts';
import { normalizeEmail } from '../../identity/users/index.ts';
import { textCell } from './export-users.ts';

/** The list of users as CSV, over HTTP. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

/** Reads CSV by RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  for (let match = cell.exec(text); match; match = cell.exec(text)) {
    const [, source = '', end] = match;
    row.push(source.startsWith('"') ? source.slice(1, -1).replaceAll('""', '"') : source);
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

async function addUsers(users: readonly { email: string; username?: string; key?: string }[]) {
  await db
    .insertInto('users')
    .values(
      users.map(({ email, username = '', key = email }) => ({
        ...{ email, email_normalized: normalizeEmail(key), username },
        ...{ password_hash: null, created_at_ms: 0, updated_at_ms: 0 },
      })),
    )
    .execute();
}

const hostile = [
  '=cmd|"/c calc"!A1@example.com',
  '+1@example.com',
  '-2+3@example.com',
  '@sum(1)@example.com',
  '\t=1@example.com',
  '\r\n=1@example.com',
  ' =1@example.com',
  '＝1@example.com',
  '"quoted"@example.com',
  'comma,semicolon;@example.com',
  "'apostrophe@example.com",
  'line\nbreak@example.com',
  'ünïcode\u{1f600}@example.com',
];

test('the export is the list, and no cell is a formula', async () => {
  const admin = await server.signUpAdmin(['users.export']);
  await addUsers(hostile.map((email, n) => ({ email, username: `${email[0]}${n}` })));
  const token = admin.access_token;
  const answer = await server.send('GET', '/api/admin/users/export/', { token });
  expect(answer.status).toBe(200);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-disposition': 'attachment; filename="latchkey-users.csv"',
    'cache-control': 'no-store',
  });
  const [head = [], ...rows] = parseCsv(answer.text);
  expect(head).toEqual([
    ...['id', 'email', 'username', 'is_active', 'is_superuser', 'has_password', 'roles'],
    ...['created_at', 'updated_at', 'last_sign_in_at', 'email_verified', 'acr'],
  ]);
  expect(rows.map((cells) => cells.length)).toEqual(rows.map(() => head.length));
  const exported = rows.map(([, email = '']) => email);
  for (const email of hostile) {
    expect([email, `'${email}`]).toContain(exported.find((cell) => cell.endsWith(email)));
  }
  for (const cell of rows.flat()) expect(cell).not.toMatch(/^[\s]*[=+\-@＝＋－＠]/);
  expect(rows[0]).toEqual([
    ...[String(admin.id), admin.email, '', 'true', 'false', 'true', ''],
    ...[expect.any(String), expect.any(String), expect.any(String), 'false', 'aal1'],
  ]);

  const filtered = await server.send('GET', '/api/admin/users/export/?search=COMMA', { token });
  expect(parseCsv(filtered.text).map(([, email]) => email)).toEqual([
    'email',
    'comma,semicolon;@example.com',
  ]);
  const events = await db
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'users.exported')
    .orderBy('id')
    .execute();
  expect(events.map(({ details }) => JSON.parse(details))).toEqual([
    { filters: [] },
    { filters: ['search'] },
  ]);
});

test('it begins with a byte order mark, without which Excel takes it for Windows-1252', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.export']);
  const answer = await fetch(`${server.origin}/api/admin/users/export/`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const [...mark] = (await answer.bytes()).subarray(0, 3);
  expect(mark).toEqual([0xef, 0xbb, 0xbf]);
});

test('any text comes back from its cell, at most with an apostrophe before it', () => {
  const text = fc.string({
    unit: fc.constantFrom(...'=+-@\t\r\n",;\' a＝é\u{1f600}'),
    maxLength: 6,
  });
  fc.assert(
    fc.property(text, text, (one, two) => {
      const [[a, b] = []] = parseCsv(`${textCell(one)},${textCell(two)}\r\n`);
      expect([one, `'${one}`]).toContain(a);
      expect([two, `'${two}`]).toContain(b);
      expect(a).not.toMatch(/^\s*[=+\-@\t\r\n＝]/);
    }),
  );
});

test('errors in the filters are reported before the first line', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.export']);
  for (const query of ['search=%00', 'sort=name', 'is_active=1x']) {
    expect(await server.send('GET', `/api/admin/users/export/?${query}`, { token })).toMatchObject({
      status: 400,
      body: { code: 'invalid_fields' },
    });
  }
});

function watchPages() {
  const queries = vi.spyOn(db.getExecutor(), 'executeQuery');
  return {
    pagesRead: () =>
      queries.mock.calls.filter(([query]) => query.sql.includes('password_hash is null')).length,
    stop: () => queries.mockRestore(),
  };
}

test('a reader who does not read lets nothing pile up, and one who goes away ends it', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.export']);
  const pages = 12;
  for (let page = 0; page < pages; page += 1) {
    await addUsers(
      Array.from({ length: 500 }, (_, n) => ({
        email: `${'x'.repeat(5_000)}@example.com`, // 30 MB: more than sockets hold
        key: `long-${page}-${n}@example.com`,
      })),
    );
  }
  const { pagesRead, stop } = watchPages();
  let connection: Socket | undefined;
  server.app.http.server.once('connection', (socket) => {
    connection = socket;
  });
  const request = get(`${server.origin}/api/admin/users/export/`, {
    headers: { authorization: `Bearer ${token}` },
    agent: false, // a connection of its own
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
  let sent: number | undefined;
  await until(() => {
    const sentBefore = sent;
    sent = connection?.writableNeedDrain ? connection.bytesWritten : undefined;
    return sent !== undefined && sent === sentBefore; // the sockets are full, and stay so
  });
  const before = pagesRead();
  expect(before).toBeLessThan(pages);
  request.destroy();
  await sleep(300);
  expect(pagesRead()).toBeLessThanOrEqual(before + 2);
  stop();

  const whole = await server.send('GET', '/api/admin/users/export/?search=long-', { token });
  expect(parseCsv(whole.text)).toHaveLength(1 + pages * 500);
});

test('HEAD, whose answer has no lines, does not go through the list', async () => {
  const { access_token: token } = await server.signUpAdmin(['users.export']);
  const pages = 8;
  for (let page = 0; page < pages; page += 1) {
    const place = (n: number) => ({ email: `head-${page}-${n}@example.com` });
    await addUsers(Array.from({ length: 500 }, (_, n) => place(n)));
  }
  const { pagesRead, stop } = watchPages();
  expect(await server.send('HEAD', '/api/admin/users/export/', { token })).toMatchObject({
    status: 200,
    text: '',
  });
  await sleep(1_000);
  expect(pagesRead()).toBeLessThan(pages / 2);
  stop();
});
