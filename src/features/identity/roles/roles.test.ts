import { afterAll, expect, test } from 'vitest';
import { startServer } from '../../../../test/harness.ts';
import { changeRole, createRole } from './roles.ts';
import { sweepRoles } from './sweep-roles.ts';
import { changeUserPermissions, changeUserRole } from './user-permissions.ts';

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

const rolesPath = '/api/admin/roles/';
const superuser = await server.signUpAdmin('superuser');
const as = ({ access_token: token }: { access_token: string }) => {
  return (method: string, path: string, json?: unknown) =>
    server.send(method, path, { token, ...(json !== undefined && { json }) });
};
const send = as(superuser);
const may = async ({ access_token: token }: { access_token: string }, permission: string) => {
  const json = { permissions: [permission] };
  const { body } = await server.send('POST', '/api/check/', { token, json });
  return body.results[permission];
};

/** The audit events about a role, or about a user. */
async function eventsOf(about: { roleId?: number; userId?: number }) {
  const rows = await server.deps.database.db
    .selectFrom('audit_events')
    .select(['kind', 'actor_id', 'user_id', 'details'])
    .where('kind', 'in', [
      'role.created',
      'role.changed',
      'role.deleted',
      'user.permissions_changed',
    ])
    .orderBy('id')
    .execute();
  return rows
    .map(({ kind, actor_id, user_id, details }) => ({
      ...{ kind, actor_id, user_id },
      ...JSON.parse(details),
    }))
    .filter(({ role_id, user_id }) =>
      about.userId === undefined ? role_id === about.roleId : user_id === about.userId,
    );
}

test('a role is made, read, changed for all who have it, and deleted', async () => {
  const made = await send('POST', rolesPath, {
    name: ' support ',
    description: 'Answers mail.',
    permissions: ['users.view', 'invoices.read', 'users.view'],
  });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({
    name: 'support',
    description: 'Answers mail.',
    permissions: ['invoices.read', 'users.view'],
    user_count: 0,
  });
  expect(Date.parse(made.body.created_at)).toBe(Date.parse(made.body.updated_at));
  const path = `${rolesPath}${made.body.id}/`;
  expect((await send('GET', path)).body).toEqual(made.body);

  const user = await server.signUp();
  await send('PUT', `/api/admin/users/${user.id}/permissions/`, { roles: [made.body.id] });
  expect(await may(user, 'invoices.read')).toBe(true);

  server.clock.advance(1_000);
  const change = { name: 'helpers', permissions: ['users.view'], description: '' };
  const changed = await send('PATCH', path, change);
  expect([changed.status, changed.body]).toMatchObject([200, { ...change, user_count: 1 }]);
  expect(Date.parse(changed.body.updated_at)).toBeGreaterThan(Date.parse(made.body.updated_at));
  expect(await may(user, 'invoices.read')).toBe(false);
  expect((await send('PATCH', path, {})).body).toMatchObject(change); // what is absent stays

  expect(await send('DELETE', path)).toMatchObject({ status: 200, body: { deleted: 1 } });
  expect(await may(user, 'users.view')).toBe(false);
  const by = { actor_id: superuser.id, role_id: made.body.id };
  expect(await eventsOf({ roleId: made.body.id })).toMatchObject([
    { kind: 'role.created', ...by, name: 'support', permissions: ['users.view', 'invoices.read'] },
    {
      ...{ kind: 'role.changed', ...by, name: 'helpers', fields: ['name', 'description'] },
      ...{ added: [], removed: ['invoices.read'] },
    },
    { kind: 'role.deleted', ...by, name: 'helpers', permissions: ['users.view'], user_count: 1 },
  ]);
  for (const method of ['GET', 'PATCH', 'DELETE']) {
    const gone = await send(method, path, method === 'PATCH' ? {} : undefined);
    expect([gone.status, gone.body.code]).toEqual([404, 'not_found']);
  }
});

test('no role requires a passkey of users who cannot add one', async () => {
  await using plain = await startServer({ relyingParty: undefined });
  const { access_token } = await plain.signUpAdmin('superuser');
  const sendTo = (method: string, path: string, json: object) =>
    plain.send(method, path, { token: access_token, json });
  const refused = {
    status: 400,
    body: {
      code: 'invalid_fields',
      required_acr: [expect.stringContaining('LATCHKEY_PUBLIC_URL')],
    },
  };
  const strong = { name: 'auditors', required_acr: 'phr' };
  expect(await sendTo('POST', rolesPath, strong)).toMatchObject(refused);
  const made = await sendTo('POST', rolesPath, { ...strong, required_acr: 'aal2' });
  const path = `${rolesPath}${made.body.id}/`;
  expect(await sendTo('PATCH', path, { required_acr: 'phr' })).toMatchObject(refused);
  const { db } = plain.deps.database;
  const levels = () => db.selectFrom('roles').select('required_level').execute();
  expect(await levels()).toEqual([{ required_level: 2 }]);
  // It had passkeys once: the form of the admin site sends all that there is.
  await db.updateTable('roles').set({ required_level: 3 }).execute();
  const kept = await sendTo('PATCH', path, { required_acr: 'phr', description: 'Look.' });
  expect([kept.status, kept.body.required_acr]).toEqual([200, 'phr']);
  expect((await sendTo('PATCH', path, { required_acr: 'aal1' })).body.required_acr).toBe('aal1');
});

test('how strongly users of a role have to sign in is part of it', async () => {
  const made = await send('POST', rolesPath, { name: 'auditors', required_acr: 'aal2' });
  expect([made.status, made.body.required_acr]).toEqual([201, 'aal2']);
  const path = `${rolesPath}${made.body.id}/`;
  const change = { required_acr: 'phr', expected_version: made.body.version };
  expect((await send('PATCH', path, change)).body.required_acr).toBe('phr');
  expect(await send('PATCH', path, change)).toMatchObject({
    status: 409,
    body: { code: 'version_conflict' },
  });
  expect((await send('PATCH', path, { description: 'Look.' })).body.required_acr).toBe('phr');
  expect(await send('PATCH', path, { required_acr: 'aal4' })).toMatchObject({
    status: 400,
    body: { required_acr: ['Must be one of aal1, aal2, phr.'] },
  });
  expect((await send('POST', rolesPath, { name: 'others' })).body.required_acr).toBe('aal1');
  expect(await eventsOf({ roleId: made.body.id })).toMatchObject([
    { kind: 'role.created', required_acr: 'aal2' },
    { kind: 'role.changed', fields: ['required_acr'], required_acr: 'phr' },
    { kind: 'role.changed', fields: ['description'], required_acr: 'phr' },
  ]);
});

test('what a user was granted is recorded in full, however much it is', async () => {
  const user = await server.signUp();
  const path = `/api/admin/users/${user.id}/permissions/`;
  const { body: role } = await send('POST', rolesPath, { name: 'given' });
  const many = Array.from({ length: 120 }, (_v, n) => `a.b${n}`);
  await send('PUT', path, { roles: [role.id], permissions: many });
  await send('PUT', path, { permissions: many }); // which changes nothing
  await send('PUT', path, { roles: [], permissions: [] });
  const events = await eventsOf({ userId: user.id });
  const lengths = events.map((event) => [
    event.added_roles.length,
    event.removed_roles.length,
    event.added.length,
    event.removed.length,
  ]);
  expect(lengths).toEqual([
    [1, 0, 50, 0],
    [0, 0, 50, 0],
    [0, 0, 20, 0],
    [0, 1, 0, 50],
    [0, 0, 0, 50],
    [0, 0, 0, 20],
  ]);
  expect(events.flatMap(({ added }) => added).sort()).toEqual([...many].sort());
  expect(events.every(({ actor_id }) => actor_id === superuser.id)).toBe(true);
});

test('a role that many had is gone at once, and what is left of it soon', async () => {
  const { db } = server.deps.database;
  const { body: role } = await send('POST', rolesPath, {
    name: 'everybody',
    permissions: ['invoices.read'],
  });
  const users = Array.from({ length: 2_500 }, (_v, n) => `holder${n}@example.com`);
  const ids: { id: number }[] = [];
  for (let from = 0; from < users.length; from += 500) {
    const rows = users.slice(from, from + 500).map((email) => ({
      ...{
        email,
        email_normalized: email,
        password_hash: null,
        created_at_ms: 1,
        updated_at_ms: 1,
      },
    }));
    ids.push(...(await db.insertInto('users').values(rows).returning('id').execute()));
  }
  const holders = await server.signUp();
  for (let from = 0; from < ids.length; from += 500) {
    const rows = ids.slice(from, from + 500).map(({ id }) => ({ user_id: id, role_id: role.id }));
    await db.insertInto('user_roles').values(rows).execute();
  }
  await db.insertInto('user_roles').values({ user_id: holders.id, role_id: role.id }).execute();
  expect(await may(holders, 'invoices.read')).toBe(true);
  expect((await send('GET', `${rolesPath}${role.id}/`)).body.user_count).toBe(1_000);
  const listed = () => send('GET', `/api/admin/users/?role=${role.id}`);
  expect((await listed()).body.items.length).toBeGreaterThan(0);

  expect((await send('DELETE', `${rolesPath}${role.id}/`)).status).toBe(200);
  expect(await may(holders, 'invoices.read')).toBe(false);
  expect((await listed()).body.items).toEqual([]);
  const sweep = sweepRoles(server.deps);
  const lead = { isHeld: () => true };
  while ((await sweep.run(lead)) === 'more');
  const left = await db
    .selectFrom('user_roles')
    .where('role_id', '=', role.id)
    .select('user_id')
    .execute();
  expect(left).toEqual([]);
});

test('a role and a user have no more than so many', async () => {
  const names = (count: number) => Array.from({ length: count }, (_v, n) => `many.p${n}`);
  const cli = { kind: 'cli', name: 'ada' } as const;
  const refused = {
    code: 'invalid_fields',
    options: { members: { permissions: ['At most 500 are possible.'] } },
  };
  const make = createRole(server.deps, cli, { name: 'many', permissions: names(501) });
  await expect(make).rejects.toMatchObject(refused);
  const role = await createRole(server.deps, cli, { name: 'many', permissions: names(500) });
  const change = changeRole(server.deps, cli, role.id, { permissions: names(501) });
  await expect(change).rejects.toMatchObject(refused);

  const { id } = await server.signUp();
  const roles: number[] = [];
  for (let n = 0; n <= 100; n += 1) {
    roles.push((await createRole(server.deps, cli, { name: `few${n}` })).id);
  }
  const [last = 0, ...others] = roles;
  await changeUserPermissions(server.deps, cli, id, { roleIds: others });
  const oneMore = changeUserRole(server.deps, cli, id, { id: last, isAssigned: true });
  await expect(oneMore).rejects.toMatchObject({
    code: 'invalid_fields',
    options: { members: { roles: ['At most 100 are possible.'] } },
  });
});

test('roles come in pages', async () => {
  await using other = await startServer();
  const { access_token: token } = await other.signUpAdmin('superuser');
  const names = ['c', 'a', 'e', 'b', 'd'];
  for (const name of names) await other.send('POST', rolesPath, { token, json: { name } });
  const page = (query: string) => other.send('GET', `${rolesPath}?${query}`, { token });
  const found: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const { body } = await page(`limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
    found.push(...body.items.map((role: { name: string }) => role.name));
    cursor = body.next_cursor;
  }
  expect(found).toEqual(names);
  expect((await page('limit=5')).body.next_cursor).toBeNull();
  for (const query of ['limit=0', 'limit=201', 'cursor=x', 'cursor=WyJ4IiwxXQ']) {
    const { status, body } = await page(query);
    expect([query, status, body.code]).toEqual([query, 400, 'invalid_fields']);
  }
});

test('the errors of a role are listed by field, and nothing is stored', async () => {
  const name = [
    'Enter a valid name: a lower-case letter, then lower-case letters, digits, - and _, at most 50 characters.',
  ];
  const problems = async (json: unknown) => {
    const { status, body } = await send('POST', rolesPath, json);
    return [status, body.name, body.description, body.permissions];
  };
  for (const bad of ['Support', '1st', 'a b', 'a.b', 'ü', 'x'.repeat(51)]) {
    expect(await problems({ name: bad })).toEqual([400, name, undefined, undefined]);
  }
  expect(await problems({ description: 'x'.repeat(501), permissions: 'a.b' })).toEqual([
    400,
    ['This field is required.'],
    ['Ensure this field has no more than 500 characters.'],
    ['This field has to be a list.'],
  ]);
  expect((await send('POST', rolesPath, { name: 'taken' })).status).toBe(201);
  const taken = ['A role with that name already exists.'];
  expect(await problems({ name: 'taken' })).toEqual([400, taken, undefined, undefined]);
  const { body: other } = await send('POST', rolesPath, { name: 'other' });
  const renamed = await send('PATCH', `${rolesPath}${other.id}/`, {
    name: 'taken',
    permissions: ['a.b'],
  });
  expect([renamed.status, renamed.body.name]).toEqual([400, taken]);
  const unchanged = await send('GET', `${rolesPath}${other.id}/`);
  expect(unchanged.body).toMatchObject({ name: 'other', permissions: [] });
});

test('nobody creates, changes or deletes a role that grants more than they have', async () => {
  const keeper = await server.signUpAdmin(['roles.change', 'roles.view', 'users.view', 'a.a']);
  const sendAsKeeper = as(keeper);
  const { body: large } = await send('POST', rolesPath, {
    name: 'large',
    permissions: ['a.a', 'b.b'],
  });
  const { body: small } = await send('POST', rolesPath, { name: 'small', permissions: ['a.a'] });
  const denied = {
    status: 403,
    body: { code: 'permission_denied', detail: 'You cannot grant what you do not have: b.b.' },
  };
  const attempts = [
    ['POST', rolesPath, { name: 'mine', permissions: ['b.b'] }],
    ['PATCH', `${rolesPath}${small.id}/`, { permissions: ['a.a', 'b.b'] }],
    ['PATCH', `${rolesPath}${large.id}/`, { permissions: ['a.a'] }],
    ['PATCH', `${rolesPath}${large.id}/`, { description: 'mine' }],
    ['DELETE', `${rolesPath}${large.id}/`, undefined],
  ] as const;
  for (const [method, path, json] of attempts) {
    expect(await sendAsKeeper(method, path, json), `${method} ${path}`).toMatchObject(denied);
  }
  const { body } = await send('GET', `${rolesPath}?limit=200`);
  const kept = body.items.filter(({ name }: { name: string }) => /^(mine|small|large)$/.test(name));
  expect(kept).toEqual([large, small]);
  const own = await sendAsKeeper('PATCH', `${rolesPath}${small.id}/`, { permissions: [] });
  expect(own.status).toBe(200);
});

test('a path that names no role is not there', async () => {
  for (const id of ['abc', '1.5', '0', '-1', '9007199254740993', '1e3']) {
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const json = method === 'PATCH' ? {} : undefined;
      const { status, body } = await send(method, `${rolesPath}${id}/`, json);
      expect([id, method, status, body.code]).toEqual([id, method, 404, 'not_found']);
    }
  }
});

test('a user who may see roles may not change them', async () => {
  const viewer = as(await server.signUpAdmin(['roles.view']));
  expect((await viewer('GET', rolesPath)).status).toBe(200);
  for (const [method, path] of [
    ['POST', rolesPath],
    ['PATCH', `${rolesPath}1/`],
    ['DELETE', `${rolesPath}1/`],
  ] as const) {
    expect((await viewer(method, path, {})).body.detail).toBe(
      'You need the permission roles.change.',
    );
  }
});
