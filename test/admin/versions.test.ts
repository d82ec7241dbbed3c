import { afterAll, describe, expect, test } from 'vitest';
import { startServer } from '../harness.ts';

/** Two administrators at the same thing: the second one learns of the first, and overwrites nothing. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { access_token: token } = await server.signUpAdmin('superuser');
const ask = (method: string, path: string, json?: object) =>
  server.send(method, path, { token, ...(json && { json }) });

let made = 0;

interface Versioned {
  readonly name: string;
  /** Makes one, and says where it is. */
  readonly make: () => Promise<string>;
  readonly method: 'PATCH' | 'PUT';
  /** Changes that differ. */
  readonly change: (n: number) => object;
}

const versioned: Versioned[] = [
  {
    name: 'a role',
    make: async () => {
      const { body } = await ask('POST', '/api/admin/roles/', { name: `role-${++made}` });
      return `/api/admin/roles/${body.id}/`;
    },
    method: 'PATCH',
    change: (n) => ({ description: `text ${n}` }),
  },
  {
    name: 'a user',
    make: async () => `/api/admin/users/${(await server.signUp()).id}/`,
    method: 'PATCH',
    change: (n) => ({ username: `u${n}.${Math.random()}` }),
  },
  {
    name: 'what is granted to a user',
    make: async () => `/api/admin/users/${(await server.signUp()).id}/permissions/`,
    method: 'PUT',
    change: (n) => ({ permissions: [`app.do_${n}`] }),
  },
  {
    name: 'a setting',
    make: async () => '/api/admin/settings/SESSION_MAX_AGE/',
    method: 'PUT',
    change: (n) => ({ value: 1_000 + n }),
  },
];

describe.each(versioned)('$name', ({ make, method, change }) => {
  test('is changed only by a client who knows its current version', async () => {
    const path = await make();
    const before = (await ask('GET', path)).body;
    const first = await ask(method, path, { ...change(1), expected_version: before.version });
    expect(first.status).toBe(200);
    expect(first.body.version).toBeGreaterThan(before.version);
    const second = await ask(method, path, { ...change(2), expected_version: before.version });
    expect([second.status, second.body.code]).toEqual([409, 'version_conflict']);
    expect(second.body.current).toEqual(first.body);
    expect((await ask('GET', path)).body).toEqual(first.body);
    const third = await ask(method, path, {
      ...change(3),
      expected_version: second.body.current.version,
    });
    expect(third.status).toBe(200);
    expect((await ask(method, path, change(4))).status).toBe(200); // without a version any version will do
  });

  test('of many who know the same version one changes it', async () => {
    const path = await make();
    const { version } = (await ask('GET', path)).body;
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, n) =>
        ask(method, path, { ...change(10 + n), expected_version: version }),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([200, ...Array(15).fill(409)]);
  });

  const badVersions = [null, 'x', -1, 1.5, true, {}, '01'];
  test.each(badVersions)('refuses the version %j', async (bad) => {
    const answer = await ask(method, await make(), { ...change(5), expected_version: bad });
    expect([answer.status, answer.body.expected_version]).toEqual([
      400,
      [bad === null ? 'This field may not be null.' : 'A valid integer is required.'],
    ]);
  });
});

test('a user counts whatever changes them, and no sign-in', async () => {
  const user = await server.signUp();
  const path = `/api/admin/users/${user.id}/`;
  const role = (await ask('POST', '/api/admin/roles/', { name: 'counted' })).body;
  const readVersion = async () => (await ask('GET', path)).body.version;
  const steps = [
    () => ask('PATCH', path, { username: 'counted' }),
    () => ask('PUT', `${path}permissions/`, { roles: [role.id] }),
    () => ask('POST', `${path}password/`, { password: 'quite another horse' }),
    () => ask('POST', `${path}deactivate/`, {}),
    () => ask('POST', `${path}activate/`),
  ];
  for (const step of steps) {
    const before = await readVersion();
    expect((await step()).status).toBe(200);
    expect(await readVersion()).toBe(before + 1);
  }
  const before = await readVersion();
  const json = { email: user.email, password: 'quite another horse' };
  expect((await server.send('POST', '/api/login/', { json })).status).toBe(200);
  expect((await ask('PUT', `${path}permissions/`, { roles: [role.id] })).status).toBe(200);
  expect(await readVersion()).toBe(before);
});
