import { expect, test, vi } from 'vitest';
import { setSetting } from '../../src/settings/change-settings.ts';
import { createTestDatabase, startServer } from '../harness.ts';

async function startNodes() {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const one = stack.use(await startServer({ database }));
  const other = stack.use(await startServer({ database }));
  return { one, other, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

test('a setting that is changed on one node is in force on the other within a second', async () => {
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
  await setSetting(one.deps, 'ACCESS_TOKEN_LIFETIME', '77', { actor: 'test', reason: '' });
  await vi.waitUntil(async () => (await lifetime()) === 77, { timeout: 1_000, interval: 50 });
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
