import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../../test/harness.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { id, access_token: token } = await server.signUpAdmin('superuser');

/** Other ways to write the number of a user, and texts that are not numbers. */
const otherTexts = [
  ...[
    'Infinity',
    '-Infinity',
    '1e999',
    '1e0',
    '0x1',
    '01',
    '%201',
    '1%20',
    '+1',
    '1.0',
    '1_0',
    'NaN',
  ],
  ...['0', '-1', '', '9007199254740993', '99999999999999999999', 'true', 'null', '1,2', '%00', '½'],
];

describe.each(otherTexts.filter((text) => text !== ''))('%s', (text) => {
  test.each([
    ['DELETE', '/api/sessions/:id/'],
    ['GET', '/api/admin/users/:id/'],
    ['GET', '/api/admin/users/:id/permissions/'],
    ['GET', '/api/admin/users/:id/sessions/'],
    ['GET', '/api/admin/roles/:id/'],
    ['DELETE', '/api/admin/sessions/:id/'],
    ['POST', '/api/admin/setting-changes/:id/rollback/'],
  ])('names nothing at %s %s', async (method, path) => {
    const answer = await server.send(method, path.replace(':id', text), { token });
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });
});

test.each(otherTexts)('"%s" is not an integer in a query', async (text) => {
  for (const query of [
    'users/?limit',
    'users/?role',
    'sessions/?user_id',
    'audit/?actor_id',
    'roles/?limit',
  ]) {
    const answer = await server.send('GET', `/api/admin/${query}=${text}`, { token });
    const name = query.split('?')[1] as string;
    expect([query, answer.status, answer.body[name]]).toEqual([query, 400, [expect.any(String)]]);
  }
});

test('an integer in its one form is one, and a parameter that is repeated is none', async () => {
  const found = await server.send('GET', `/api/admin/users/${id}/`, { token });
  expect([found.status, found.body.id]).toEqual([200, id]);
  const one = await server.send('GET', '/api/admin/users/?limit=1', { token });
  expect(one.body.items).toHaveLength(1);
  const repeated = await server.send('GET', '/api/admin/users/?limit=1&limit=2', { token });
  expect(repeated.status).toBe(400);
});

test.each(['True', '1', 'yes', '', 'false%20'])('"%s" is no boolean of a query', async (text) => {
  const answer = await server.send('GET', `/api/admin/users/?is_active=${text}`, { token });
  expect([answer.status, answer.body.is_active]).toEqual([400, [expect.any(String)]]);
});
