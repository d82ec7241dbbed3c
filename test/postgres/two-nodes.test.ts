import { expect, test } from 'vitest';
import { createSigningKeys } from '../../src/features/platform/keys/index.ts';
import { setSetting } from '../../src/settings/change-settings.ts';
import type { SettingValues } from '../../src/settings/registry.ts';
import { until } from '../eventually.ts';
import { createTestDatabase, startServer, testSecret } from '../harness.ts';

async function startNodes(pinned: Partial<SettingValues> = {}) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const one = stack.use(await startServer({ database, pinned }));
  const other = stack.use(await startServer({ database, pinned }));
  return { one, other, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a setting that is changed on one node comes into force on the other by itself', async () => {
  await using nodes = await startNodes();
  const { one, other } = nodes;
  const { email } = await one.signUp();
  const lifetime = async () => {
    const json = { email, password: 'correct horse battery' };
    const { body } = await other.send('POST', '/api/login/', { json });
    const [, claims = ''] = body.access_token.split('.');
    const { iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString());
    return exp - iat;
  };
  expect(await lifetime()).toBe(30);
  await setSetting(one.deps, 'ACCESS_TOKEN_LIFETIME', 77, { actor: 'test', reason: '' });
  await until(async () => (await lifetime()) === 77);
});

test('what a node has seen of the other is in force with its next request, over the API', async () => {
  await using nodes = await startNodes();
  const { one, other } = nodes;
  const { access_token: token } = await one.signUpAdmin('superuser');
  const path = '/api/admin/settings/ACCESS_TOKEN_LIFETIME/';
  const { database } = other.deps;
  const read = async () => (await other.send('GET', path, { token })).body.value;
  await until(() => database.changes() > 0); // the first look counts as a change
  for (const value of [71, 72, 73]) {
    const seen = database.changes();
    const changed = await one.send('PUT', path, { token, json: { value, reason: 'a test' } });
    expect(changed.status, changed.text).toBe(200);
    // When it looks, and that it does within a second, is in `watch-changes.test.ts`.
    await until(() => database.changes() !== seen);
    expect(await read()).toBe(value);
  }
});

test('a session that ends on one node is refused on the other at the next request', async () => {
  await using nodes = await startNodes();
  const { one, other } = nodes;
  for (let round = 0; round < 10; round += 1) {
    const { access_token: token, refresh_token } = await one.signUp();
    expect((await other.send('GET', '/api/me/', { token })).status).toBe(200);
    expect((await one.send('POST', '/api/logout/', { json: { refresh_token } })).status).toBe(200);
    const refused = await other.send('GET', '/api/me/', { token });
    expect([refused.status, refused.body.code]).toEqual([401, 'logged_out']);
    const again = await other.send('POST', '/api/refresh/', { json: { refresh_token } });
    expect([again.status, again.body.code]).toEqual([400, 'logged_out']);
  }
});

test('requests at once each get the answer for their own token', async () => {
  await using nodes = await startNodes();
  const { one, other } = nodes;
  const users = await Promise.all(Array.from({ length: 20 }, () => one.signUp()));
  const answers = await Promise.all(
    [...users, ...users].map(({ access_token: token }) => other.send('GET', '/api/me/', { token })),
  );
  expect(answers.map(({ body }) => body.email)).toEqual([...users, ...users].map((u) => u.email));
});

test('signing keys rotate once, not once a node', async () => {
  await using nodes = await startNodes({ ACCESS_TOKEN_ALGORITHM: 'ES256' });
  const { one, other } = nodes;
  const secretKeys = [testSecret];
  const [first, second] = [one, other].map(({ deps }) =>
    createSigningKeys({ ...deps, secretKeys }),
  );
  if (!first || !second) throw new Error('There are two.');
  // Both need one to sign with, at the same moment.
  await Promise.all([first.sync(), second.sync(), first.sync(), second.sync()]);
  const sequences = async () => (await second.list()).map(({ sequence }) => sequence);
  expect(await sequences()).toEqual([1]);
  // Without a lease between them, as if one had stood still: the same answer.
  for (const { clock } of [one, other]) clock.advance(30 * 86_400_000);
  await Promise.all([first.maintain(), second.maintain(), first.maintain()]);
  expect(await sequences()).toEqual([1, 2]);
  const [kid] = (await first.list()).map((key) => key.kid);
  expect((await second.list())[0]?.kid).toBe(kid);
});
