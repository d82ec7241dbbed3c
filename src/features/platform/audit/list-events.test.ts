import { afterAll, beforeAll, expect, test } from 'vitest';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { record } from './record.ts';

let server: TestServer;
let token: string;
beforeAll(async () => {
  server = await startServer();
  token = (await server.signUpAdmin(['audit.view', 'audit.export'])).access_token;
  // A day long before, with an event a second, of three users by two others.
  await server.deps.database.transact(async (trx) => {
    for (let n = 0; n < 60; n += 1) {
      await record(trx, {
        ...{ kind: n % 2 === 0 ? 'user.activated' : 'password.changed' },
        actor: { kind: 'user', id: 1_001 + (n % 2), ip: `203.0.113.${n % 4}` },
        ...{ atMs: Date.parse('2001-02-03T04:05:00Z') + 1_000 * n, userId: 2_001 + (n % 3) },
      });
    }
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const list = async (query: string) => {
  const answer = await server.send('GET', `/api/admin/audit/?${query}`, { token });
  return answer.status === 200 ? answer.body : answer;
};
const seconds = (items: readonly { at: string }[]) =>
  items.map(({ at }) => Number(at.slice(17, 19)));
const old = 'until=2001-12-31';

test('events are listed with who, whom and from where', async () => {
  const { items, next_cursor } = await list(`${old}&limit=1`);
  expect(items).toEqual([
    {
      ...{ id: expect.any(Number), at: '2001-02-03T04:05:59.000Z', kind: 'password.changed' },
      actor: { kind: 'user', id: 1_002, name: null },
      ...{ user_id: 2_003, session_id: null, ip: '203.0.113.3', details: {} },
      sequence: items[0].sequence, // sealed meanwhile, or not
    },
  ]);
  expect(next_cursor).toEqual(expect.any(String));
});

test.each<[string, (n: number) => boolean]>([
  ['user_id=2002', (n) => n % 3 === 1],
  ['actor_id=1001', (n) => n % 2 === 0],
  ['kind=password.changed', (n) => n % 2 === 1],
  ['ip=203.0.113.2', (n) => n % 4 === 2],
  ['ip=::ffff:203.0.113.2', (n) => n % 4 === 2],
  ['since=2001-02-03T04:05:20Z', (n) => n >= 20],
  ['since=2001-02-03T05:05:10%2B01:00&until=2001-02-03T04:05:15.000Z', (n) => n >= 10 && n < 15],
  ['user_id=2001&kind=user.activated&ip=203.0.113.0', (n) => n % 12 === 0],
  ['actor_id=1001&kind=password.changed', () => false],
])('%s leaves what it says, page by page', async (filter, passes) => {
  const until = filter.includes('until') ? '' : `&${old}`;
  const found: number[] = [];
  for (let cursor = ''; ; ) {
    const page = await list(`${filter}${until}&limit=4${cursor}`);
    expect(page.items.length).toBeLessThanOrEqual(4);
    found.push(...seconds(page.items));
    if (page.next_cursor === null) break;
    cursor = `&cursor=${page.next_cursor}`;
  }
  const expected = Array.from({ length: 60 }, (_, n) => 59 - n).filter(passes);
  expect(found).toEqual(expected);
});

test.each([
  ['kind=nothing', 'kind'],
  ['user_id=x', 'user_id'],
  ['ip=nowhere', 'ip'],
  ['since=yesterday', 'since'],
  ['until=2001-02-30T99:00:00Z', 'until'],
  ['limit=201', 'limit'],
  ['cursor=x', 'cursor'],
])('%s is refused', async (query, field) => {
  const answer = await list(query);
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_fields']);
  expect(answer.body[field]).toHaveLength(1);
});

test('the export has a line for each event, and is recorded', async () => {
  const path = '/api/admin/audit/export/?user_id=2001&until=2001-12-31';
  const answer = await server.send('GET', path, { token });
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const lines = answer.text.trimEnd().split('\n');
  expect(seconds(lines.map((line) => JSON.parse(line)))).toEqual(
    Array.from({ length: 20 }, (_, n) => 57 - 3 * n),
  );
  const { items } = await list('kind=audit.exported');
  expect(items[0].details).toEqual({ filter: 'user_id=2001&until=2001-12-31' });
  const nothing = await server.send('GET', '/api/admin/audit/export/?user_id=9', { token });
  expect([nothing.status, nothing.text]).toEqual([200, '']);
});

test('what somebody wrote to the table by hand does not hide the rest', async () => {
  const { db } = server.deps.database;
  await db
    .insertInto('audit_events')
    .values({ at_ms: 1, kind: 'from a newer release', actor_kind: 'system', details: '{' } as never)
    .execute();
  const { items } = await list('until=1971-01-01');
  expect(items).toMatchObject([{ kind: 'from a newer release', details: { unreadable: '{' } }]);
});
