import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  changeUser,
  deactivateUser,
  removeUser,
} from '../../src/features/administration/user-admin/index.ts';
import { importUsers } from '../../src/features/administration/user-import/index.ts';
import { setSetting, settingHistory } from '../../src/settings/change-settings.ts';
import {
  createTestDatabase,
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../harness.ts';

/** Two servers on one database, and what must come out right whichever of them is first. */
async function startTwo(pinned: NonNullable<Parameters<typeof startServer>[0]>['pinned'] = {}) {
  const stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const one = stack.use(await startServer({ database, pinned }));
  const other = stack.use(await startServer({ database, pinned }));
  return {
    nodes: [one, other] as const,
    /** Each of the calls on one of the two in turn, all at once. */
    atOnce: <T>(count: number, call: (node: typeof one, index: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_call, i) => call(i % 2 ? one : other, i))),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

function statuses(answers: readonly { status: number }[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

test('of fifty registrations of one email on two nodes one makes the account', async () => {
  await using two = await startTwo();
  const answers = await two.atOnce(50, (node) =>
    node.send('POST', '/api/register/', {
      json: { email: 'ada@example.com', password: goodPassword },
    }),
  );
  expect(statuses(answers)).toEqual({ 201: 1, 400: 49 });
  const { db } = two.nodes[0].deps.database;
  expect(await db.selectFrom('users').select('email').execute()).toEqual([
    { email: 'ada@example.com' },
  ]);
});

test('of 64 clients with one refresh token on two nodes one gets its successor', async () => {
  await using two = await startTwo();
  const { refresh_token } = await two.nodes[0].signUp();
  const answers = await two.atOnce(64, (node) =>
    node.send('POST', '/api/refresh/', { json: { refresh_token } }),
  );
  expect(statuses(answers)).toEqual({ 200: 1, 400: 63 });
  const winner = answers.find(({ status }) => status === 200)?.body;
  const next = await two.nodes[1].send('POST', '/api/refresh/', {
    json: { refresh_token: winner.refresh_token },
  });
  expect(next.status).toBe(200);
});

test('of 64 clients with one refresh token of the previous system on two nodes one gets its successor', async () => {
  await using two = await startTwo();
  using folder = temporaryFolder();
  const [one] = two.nodes;
  const refresh_token = randomUUID();
  const expires_at = new Date(one.clock.nowMs() + 60_000).toISOString();
  const dump = [
    { model: 'auth_api.user', pk: 7, fields: { email: 'ada@example.com', password: '!' } },
    {
      model: 'auth_api.refreshtoken',
      pk: 1,
      fields: { user: 7, token: refresh_token, expires_at },
    },
  ];
  const path = join(folder.path, 'dump.json');
  writeFileSync(path, JSON.stringify(dump));
  await importUsers(one.deps, path, { actor: { kind: 'cli', name: 'test' } });
  const answers = await two.atOnce(64, (node) =>
    node.send('POST', '/api/refresh/', { json: { refresh_token } }),
  );
  expect(statuses(answers)).toEqual({ 200: 1, 400: 63 });
  const sessions = one.deps.database.db.selectFrom('sessions').select(['generation', 'end_cause']);
  expect(await sessions.execute()).toEqual([{ generation: 1, end_cause: null }]);
  const winner = answers.find(({ status }) => status === 200)?.body;
  const next = { json: { refresh_token: winner.refresh_token } };
  expect((await two.nodes[1].send('POST', '/api/refresh/', next)).status).toBe(200);
});

test('with one key all of them get the same successor', async () => {
  await using two = await startTwo();
  const { refresh_token } = await two.nodes[0].signUp();
  const answers = await two.atOnce(64, (node) =>
    node.send('POST', '/api/refresh/', {
      json: { refresh_token },
      headers: { 'idempotency-key': '"one"' },
    }),
  );
  expect(statuses(answers)).toEqual({ 200: 64 });
  expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
});

test('however many sign in at once, no more sessions live than MAX_SESSIONS_PER_USER', async () => {
  await using two = await startTwo({ MAX_SESSIONS_PER_USER: 3 });
  const user = await two.nodes[0].signUp();
  const answers = await two.atOnce(24, (node) =>
    node.send('POST', '/api/login/', { json: { email: user.email, password: goodPassword } }),
  );
  expect(statuses(answers)).toEqual({ 200: 24 });
  const { db } = two.nodes[0].deps.database;
  const live = db.selectFrom('sessions').select('id').where('ended_at_ms', 'is', null);
  expect(await live.execute()).toHaveLength(3);
});

test('of the last superusers that are taken away at once, however, one stays', async () => {
  await using two = await startTwo();
  const { db } = two.nodes[0].deps.database;
  const users: SignedUp[] = [];
  for (let i = 0; i < 4; i += 1) users.push(await two.nodes[0].signUp());
  await db.updateTable('users').set({ is_superuser: 1 }).execute();
  const [first, second, third, fourth] = users as [SignedUp, SignedUp, SignedUp, SignedUp];
  const system = { kind: 'system' } as const;
  const ways: ((node: TestServer) => Promise<unknown>)[] = [
    ({ deps }) => removeUser(deps, first.id, system),
    ({ deps }) => deactivateUser(deps, second.id, system),
    ({ deps }) => changeUser(deps, third.id, { isSuperuser: false }, system),
    async (node) => {
      const json = { password: goodPassword };
      const { status, body } = await node.send('DELETE', '/api/me/', {
        ...{ token: fourth.access_token, json },
      });
      if (status !== 204) throw body;
    },
  ];
  const removals = await two.atOnce(4, async (node, i) => {
    try {
      await ways[i]?.(node);
      return 'done';
    } catch (error) {
      return (error as { code: string }).code;
    }
  });
  expect(removals.sort()).toEqual(['done', 'done', 'done', 'last_superuser']);
  const superusers = db.selectFrom('users').select('id').where('is_superuser', '=', 1);
  expect(await superusers.where('is_active', '=', 1).execute()).toHaveLength(1);
});

test('no session outlives a change of the password that was made while it was started', async () => {
  await using two = await startTwo({ PASSWORD_SIMILARITY_CHECK: false });
  const [one, other] = two.nodes;
  const user = await one.signUp();
  const next = `${goodPassword} next`;
  const [changed] = await Promise.all([
    one.send('POST', '/api/me/password/', {
      token: user.access_token,
      json: { current_password: goodPassword, new_password: next },
    }),
    ...Array.from({ length: 8 }, () =>
      other.send('POST', '/api/login/', { json: { email: user.email, password: goodPassword } }),
    ),
  ]);
  expect(changed.status).toBe(200);
  const login = (password: string) =>
    other.send('POST', '/api/login/', { json: { email: user.email, password } });
  expect([(await login(goodPassword)).status, (await login(next)).status]).toEqual([401, 200]);
});

test('the history of a setting is one chain, although many change it at once', async () => {
  await using two = await startTwo();
  const origin = { actor: 'test', reason: 'race' };
  await two.atOnce(10, (node, i) =>
    setSetting(node.deps, 'ACCESS_TOKEN_LIFETIME', 100 + i, origin),
  );
  const history = (await settingHistory(two.nodes[0].deps, { limit: 20 })).reverse();
  expect(history).toHaveLength(10);
  expect(history.map(({ from }) => from)).toEqual([
    undefined,
    ...history.slice(0, -1).map(({ to }) => to),
  ]);
  const { db } = two.nodes[0].deps.database;
  const stored = await db.selectFrom('settings').select('value').executeTakeFirst();
  expect(stored?.value).toBe(String(history.at(-1)?.to));
});
