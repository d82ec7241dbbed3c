import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RequestOptions, startServer, type TestServer } from '../../../../test/harness.ts';

let server: TestServer;
let admin: { id: number; access_token: string };
beforeAll(async () => {
  server = await startServer({ pinned: { REFRESH_GRACE_PERIOD: 5 } });
  admin = await server.signUpAdmin(['settings.view', 'settings.change']);
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (method: string, path: string, json?: unknown) => {
  const options: RequestOptions = {
    token: admin.access_token,
    ...(json !== undefined && { json }),
  };
  return server.send(method, `/api/admin/${path}`, options);
};
const lifetime = 'settings/ACCESS_TOKEN_LIFETIME/';

test('settings are listed with all that a form needs', async () => {
  const { body } = await ask('GET', 'settings/');
  const find = (name: string) => body.items.find((item: { name: string }) => item.name === name);
  expect(find('REFRESH_TOKEN_LIFETIME')).toEqual({
    ...{ name: 'REFRESH_TOKEN_LIFETIME', group: 'sessions', type: 'integer', unit: 'seconds' },
    ...{ value: 2_592_000, text: '30 days', default: 2_592_000, default_text: '30 days' },
    ...{ minimum: 1, maximum: 315_360_000, source: 'default', is_pinned: false, version: 0 },
    description: expect.stringContaining('How long a session lives'),
  });
  expect(find('REFRESH_GRACE_PERIOD')).toMatchObject({ source: 'environment', is_pinned: true });
  expect(find('REFRESH_GRACE_MODE')).toMatchObject({ choices: ['keyed', 'open'], text: 'keyed' });
  expect(find('PASSWORD_BREACH_CHECK')).toMatchObject({ value: false, text: 'false' });
});

test('a change holds at once, is in the history and the audit log, and can be undone', async () => {
  const before = (await ask('GET', lifetime)).body;
  const change = { value: 60, reason: 'fewer refreshes', expected_version: before.version };
  const changed = await ask('PUT', lifetime, change);
  expect(changed.body).toMatchObject({ value: 60, text: '1 minute', source: 'database' });
  expect(changed.body.version).toBeGreaterThan(before.version);
  expect(server.deps.settings.get('ACCESS_TOKEN_LIFETIME')).toBe(60);

  const { version } = changed.body;
  const undone = await ask('POST', `setting-changes/${version}/rollback/`, { reason: 'no' });
  expect(undone.body).toMatchObject({ value: 30, source: 'default', version: version + 1 });
  const history = await ask('GET', 'setting-changes/?name=ACCESS_TOKEN_LIFETIME&limit=1');
  expect(history.body.items).toEqual([
    {
      ...{ id: version + 1, name: 'ACCESS_TOKEN_LIFETIME', from: 60, to: null, reason: 'no' },
      ...{ actor: `user:${admin.id}`, changed_at: expect.any(String) },
    },
  ]);
  const { next_cursor: cursor } = history.body;
  const rest = await ask('GET', `setting-changes/?name=ACCESS_TOKEN_LIFETIME&cursor=${cursor}`);
  expect(rest.body).toMatchObject({ items: [{ id: version, to: 60 }], next_cursor: null });
  const elsewhere = await ask('GET', `setting-changes/?cursor=${cursor}`);
  expect([elsewhere.status, Object.keys(elsewhere.body)]).toEqual([
    400,
    expect.arrayContaining(['cursor']),
  ]);

  const events = await server.deps.database.db
    .selectFrom('audit_events')
    .select(['actor_id', 'ip', 'details'])
    .where('kind', '=', 'setting.changed')
    .orderBy('id')
    .execute();
  expect(events.map(({ details, ...event }) => ({ ...event, ...JSON.parse(details) }))).toEqual([
    {
      ...{ actor_id: admin.id, ip: '127.0.0.1', name: 'ACCESS_TOKEN_LIFETIME' },
      ...{ from: null, to: 60, reason: 'fewer refreshes', change_id: version },
    },
    expect.objectContaining({ from: 60, to: null, reason: 'no', change_id: version + 1 }),
  ]);
});

test('a change that does not know the last one is refused, and so are what a setting cannot be', async () => {
  const path = 'settings/SESSION_MAX_AGE/';
  const first = await ask('PUT', path, { value: '3600', expected_version: 0 });
  expect([first.status, first.body.value]).toEqual([200, 3_600]);
  const second = await ask('PUT', path, { value: 7_200, expected_version: 0 });
  expect([second.status, second.body.code]).toEqual([409, 'version_conflict']);
  const reset = await ask('DELETE', path, { expected_version: 0 });
  expect([reset.status, reset.body.code]).toEqual([409, 'version_conflict']);
  const undo = `setting-changes/${first.body.version}/rollback/`;
  const undone = await ask('POST', undo, { expected_version: first.body.version - 1 });
  expect([undone.status, undone.body.code]).toEqual([409, 'version_conflict']);
  expect(undone.body.current).toMatchObject({ value: 3_600, version: first.body.version });
  const known = await ask('POST', undo, { expected_version: first.body.version });
  expect([known.status, known.body.source]).toEqual([200, 'default']);
  expect((await ask('DELETE', path)).body).toMatchObject({ value: 0, source: 'default' });

  const pinned = await ask('PUT', 'settings/REFRESH_GRACE_PERIOD/', { value: 7 });
  expect([pinned.status, pinned.body.code]).toEqual([409, 'setting_pinned']);
  const bad = [
    [{}, { value: ['This field is required.'] }],
    [{ value: null }, { value: ['Not a valid value.'] }],
    [{ value: -1 }, { value: ['SESSION_MAX_AGE is from 0 to 315360000 seconds, not -1.'] }],
    [{ value: 1.5 }, { value: [expect.stringContaining('takes a whole number of seconds')] }],
    [{ value: 1, expected_version: 'x' }, { expected_version: ['A valid integer is required.'] }],
    [{ value: 1, reason: 'x'.repeat(501) }, { reason: [expect.stringContaining('500')] }],
  ];
  for (const [json, members] of bad) {
    const answer = await ask('PUT', path, json);
    expect([answer.status, answer.body]).toEqual([400, expect.objectContaining(members)]);
  }
  for (const [method, where] of [
    ['GET', 'settings/NOTHING/'],
    ['PUT', 'settings/constructor/'],
    ['POST', 'setting-changes/999999/rollback/'],
  ] as const) {
    const answer = await ask(method, where, method === 'GET' ? undefined : { value: 1 });
    expect([where, answer.status, answer.body.code]).toEqual([where, 404, 'not_found']);
  }
});

test('of several who change a setting at once, knowing the same, one does', async () => {
  const { version } = (await ask('GET', 'settings/MAX_SESSIONS_PER_USER/')).body;
  const answers = await Promise.all(
    [10, 20, 30, 40].map((value) =>
      ask('PUT', 'settings/MAX_SESSIONS_PER_USER/', { value, expected_version: version }),
    ),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
});

test('the policy of second factors says which roles require one, whatever it is: off takes the effect', async () => {
  const { body: other } = await ask('GET', lifetime);
  expect(other).not.toHaveProperty('requiring_roles');
  const path = 'settings/SECOND_FACTOR_POLICY/';
  expect((await ask('GET', path)).body).toMatchObject({ value: 'optional', requiring_roles: [] });
  const root = await server.signUpAdmin('superuser');
  const levels = ['aal2', 'aal1', ...Array.from({ length: 20 }, () => 'aal2')];
  for (const [index, required_acr] of levels.entries()) {
    const json = { name: `role-${index}`, permissions: [], required_acr };
    const made = await server.send('POST', '/api/admin/roles/', { token: root.access_token, json });
    expect(made.status).toBe(201);
  }
  const named = levels.flatMap((acr, index) => (acr === 'aal2' ? [`role-${index}`] : []));
  const requiring_roles = named.slice(0, 20);
  const changed = await ask('PUT', path, { value: 'off' });
  expect(changed.body).toMatchObject({ value: 'off', requiring_roles });
  const undone = await ask('POST', `setting-changes/${changed.body.version}/rollback/`, {});
  expect(undone.body).toMatchObject({ value: 'optional', requiring_roles });
  expect((await ask('DELETE', path)).body).toMatchObject({ value: 'optional', requiring_roles });
  const { items } = (await ask('GET', 'settings/')).body;
  const having = items.filter((item: object) => 'requiring_roles' in item);
  expect(having).toEqual([
    expect.objectContaining({ name: 'SECOND_FACTOR_POLICY', requiring_roles }),
  ]);
});
