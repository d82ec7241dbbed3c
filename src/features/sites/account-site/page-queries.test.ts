import { afterAll, expect, test, vi } from 'vitest';
import { createVisitor } from '../../../../test/account-visitor.ts';
import { addApp } from '../../../../test/authenticator.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';

/** How many queries a page takes: on PostgreSQL each of them is a round trip. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

test.each([
  ['', 6],
  ['security/', 5],
])('the page %j takes no more than %i queries', async (path, most) => {
  const user = await server.signUp();
  const browser = createVisitor(server);
  await browser.signIn(user.email);
  await addApp(server, user);
  await browser.get('/account/'); // what is offered after a sign-in is looked up once
  const executed = vi.spyOn(server.deps.database.db.getExecutor(), 'executeQuery');
  const { status } = await browser.get(`/account/${path}`);
  // Those about the user: the server looks after other things meanwhile.
  const queries = executed.mock.calls
    .filter(([{ sql }]) => /"user_id" = |from "users" where/.test(sql))
    .filter(([{ parameters }]) => parameters.some((one) => one === user.id || one === user.email))
    .map(([{ sql }]) => sql);
  executed.mockRestore();
  expect(status).toBe(200);
  expect(queries.length, queries.join('\n')).toBeLessThanOrEqual(most);
  expect(queries.length).toBeGreaterThan(2); // they are seen
});

test('a sign-in in which a factor is added does not ask for those that its user has', async () => {
  await using due = await startServer({
    pinned: { SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: 0 },
  });
  const form = { email: 'ada@example.com', password: goodPassword };
  expect((await due.send('POST', '/api/register/', { json: form })).status).toBe(201);
  const executed = vi.spyOn(due.deps.database.db.getExecutor(), 'executeQuery');
  const page = await createVisitor(due).submit('/account/sign-in/', form);
  const queries = executed.mock.calls.map(([{ sql }]) => sql);
  executed.mockRestore();
  expect(page.path).toBe('/account/sign-in/enrolment/');
  expect(queries.some((sql) => sql.includes('"sign_in_flows"'))).toBe(true); // they are seen
  expect(queries.filter((sql) => sql.includes('"recovery_codes"'))).toEqual([]);
});
