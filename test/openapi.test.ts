import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Errors } from 'typebox/schema';
import { afterAll, describe, expect, test } from 'vitest';
import { problemKinds } from '../src/errors/index.ts';
import { issueSetupToken } from '../src/features/self-service/setup/index.ts';
import { routePaths } from '../src/http/methods.ts';
import { settingsRequests } from './admin/operations.ts';
import {
  type DescribedAnswer,
  type DescribedOperation,
  type Description,
  type Media,
  type Operation,
  operationsOf,
  standalone,
} from './description/description.ts';
import { emailRequests } from './description/email-requests.ts';
import {
  type Answer,
  goodPassword,
  type RequestOptions,
  type SignedUp,
  startServer,
  type TestServer,
  temporaryFolder,
} from './harness.ts';
import { mailedCode } from './mailed-codes.ts';
import { builtMain, isolatedEnvironment } from './server-process.ts';

/** The API description: that it is right, that it is complete, and that the server does what it says. */

const server = await startServer({
  pinned: { ACCESS_TOKEN_ALGORITHM: 'ES256', MAIL_SIGN_IN: true, REQUIRE_VERIFIED_EMAIL: true },
});
afterAll(() => server[Symbol.asyncDispose]());
const document: Description = (await server.send('GET', '/openapi.json')).body;
const operations = operationsOf(document);

function problems(schema: object, value: unknown): unknown[] {
  return Errors(standalone(schema), value)[1];
}

const bodyTypes = [
  'application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data',
] as const;
type BodyType = (typeof bodyTypes)[number];

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(JSON.stringify(document)));
  expect(result.errors ?? []).toEqual([]);
  expect(validator.version).toBe('3.1');
});

test('it is served compressed, and not again to who has it', async () => {
  const answer = await server.send('GET', '/openapi.json', {
    headers: { 'accept-encoding': 'br' },
  });
  expect(answer.headers.get('content-encoding')).toBe('br');
  const etag = answer.headers.get('etag') ?? '';
  const again = await server.send('GET', '/openapi.json', { headers: { 'if-none-match': etag } });
  expect([again.status, again.text]).toEqual([304, '']);
});

describe('latchkey openapi', () => {
  test('prints the document that is committed, and leaves nothing behind', () => {
    using folder = temporaryFolder();
    const printed = execFileSync(process.execPath, [builtMain, 'openapi'], {
      cwd: folder.path,
      env: isolatedEnvironment(),
      encoding: 'utf8',
    });
    const committed = readFileSync(new URL('../openapi.json', import.meta.url), 'utf8');
    expect(printed === committed, 'stale: run `npm run generate`').toBe(true);
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test('does not mind a reader who stops early', () => {
    const command = `"${process.execPath}" "${builtMain}" openapi | head -c 1`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command], { encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['{', '']);
  });
});

describe('every route is in the document', () => {
  // Pages for people, and what they are made of.
  const pages = ['/docs', '/docs/start.js', '/docs/scalar.js', '/admin/', '/admin/assets/:name'];
  // Between the admin site and its server, for no client; and what only a browser finds.
  const hidden = ['/', '/.well-known/change-password'];
  const isHidden = (path: string) =>
    hidden.includes(path) || ['/account/', '/admin/session/'].some((at) => path.startsWith(at));
  const paths = routePaths(server.app.http).filter((path) => !isHidden(path));

  test.each(paths)('%s', async (route) => {
    const options = await server.send('OPTIONS', route.replace(/:\w+/g, '1'));
    const methods: string[] = options.body.methods;
    const path = route.replace(/:(\w+)/g, '{$1}');
    const documented = Object.keys(document.paths[path] ?? {}).map((name) => name.toUpperCase());
    // The contract's list of the methods of the profile has no DELETE.
    if (path === '/api/me/') methods.push('DELETE');
    const missing = methods.filter((name) => !['HEAD', 'OPTIONS', ...documented].includes(name));
    expect(missing).toEqual(pages.includes(route) ? ['GET'] : []);
    expect(documented.filter((name) => !methods.includes(name))).toEqual([]);
  });
});

describe('each operation is described in full', () => {
  test('by a name of its own', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('under tags that are explained', () => {
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    expect(document.tags.map(({ name }) => name).sort()).toEqual([...used].sort());
  });

  test.each(operations)('$name', ({ operation, path, method }) => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(operation.tags).toHaveLength(1);
    expect(Object.keys(operation.responses).filter((status) => status < '300')).toHaveLength(1);
    if (operation.requestBody) {
      const types = Object.keys(operation.requestBody.content);
      const hasLists = types.length === 1; // which forms cannot carry
      expect(types).toEqual(hasLists ? ['application/json'] : bodyTypes);
      for (const { schema, example } of Object.values(operation.requestBody.content)) {
        expect(problems(schema, example)).toEqual([]);
      }
    }
    for (const [status, answer] of Object.entries(operation.responses)) {
      expect(Object.keys(answer.headers)).toContain('X-Request-Id');
      if (Number(status) >= 400) describesProblems(status, answer);
      else describesSuccess(answer);
    }
    expect('401' in operation.responses || operation.security.length === 0).toBe(true);
    expect(path).toMatch(/^(\/api\/([\w-]+\/|\{\w+\}\/)+|\/(?!api\/).*[^/])$/);
    expect(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).toContain(method);
  });

  function describesProblems(status: string, { headers, content = {} }: DescribedAnswer): void {
    expect(Object.keys(content)).toEqual(['application/problem+json']);
    const { schema, examples = {} } = content['application/problem+json'] as Media;
    expect(Object.keys(examples).length).toBeGreaterThan(0);
    for (const [code, { summary, value }] of Object.entries(examples)) {
      expect(summary).not.toBe('');
      expect(value).toMatchObject({ code, status: Number(status), type: `/problems/${code}` });
      expect(problems(schema, value)).toEqual([]);
    }
    const own = { 401: 'WWW-Authenticate', 405: 'Allow', 429: 'RateLimit', 503: 'Retry-After' }[
      status
    ];
    expect(Object.keys(headers)).toEqual(
      expect.arrayContaining(['Cache-Control', ...(own ? [own] : [])]),
    );
  }

  function describesSuccess({ content = {} }: DescribedAnswer): void {
    const json = content['application/json'];
    if (!json) return;
    expect(problems(json.schema, json.example)).toEqual([]);
  }
});

describe('what the server refuses for its form, the schema refuses', () => {
  function jsonOperation(operationId: string): DescribedOperation & Media {
    const found = operations.find(({ operation }) => operation.operationId === operationId);
    const media = found?.operation.requestBody?.content['application/json'];
    if (!found || !media) throw new Error(`There is no ${operationId} with a body.`);
    return { ...found, ...media };
  }

  const bad: readonly [operationId: string, member: string, value: unknown][] = [
    ['deactivateUser', 'reason', ' \u001c'],
    ['impersonateUser', 'reason', ''],
    ['impersonateUser', 'reason', 'a\0b'],
    ['changeRole', 'description', 'a\0b'],
    ['patchProfile', 'username', 'with space'],
    ['createUser', 'username', 'a/b'],
    ['register', 'password', '\u2003'],
    ['deleteAccount', 'password', ' '],
    ['checkPermissions', 'token', ''],
    ['checkPermissions', 'user_id', 0],
    ['changeUsers', 'ids', [0]],
    ['changeUserPermissions', 'roles', [0]],
  ];

  test.each(bad)('%s: %s %j', async (operationId, member, value) => {
    const { operation, method, path, schema, example } = jsonOperation(operationId);
    const json = { ...(example as object), [member]: value };
    expect(problems(schema, json)).not.toEqual([]);
    const { id, access_token: token } = await server.signUpAdmin('superuser');
    const own = operation.security.length > 0 ? { token } : {};
    const url = path.replace('{id}', String(id));
    const answer = await server.send(method, url, { json, ...own });
    expect([answer.status, Object.keys(answer.body)]).toEqual([
      400,
      expect.arrayContaining([member]),
    ]);
  });

  test('a check is about a token or about a user, not both', () => {
    const { schema } = jsonOperation('checkPermissions');
    expect(problems(schema, { permissions: [], token: 'a', user_id: 1 })).not.toEqual([]);
  });
});

test('every error code has an example somewhere', () => {
  const documented = operations.flatMap(({ operation }) =>
    Object.values(operation.responses).flatMap(({ content = {} }) =>
      Object.values(content).flatMap(({ examples = {} }) => Object.keys(examples)),
    ),
  );
  const ofAdminSite = ['csrf_refused', 'no_admin_permission']; // whose session no client uses
  expect([...new Set([...documented, ...ofAdminSite])].sort()).toEqual(
    [...problemKinds.keys()].sort(),
  );
});

test('the operations that need an access token are those that the server refuses without one', async () => {
  for (const { method, path, operation } of operations) {
    const answer = await server.send(method, path.replace(/\{\w+\}/g, '1'));
    const isGuarded = answer.body?.code === 'not_authenticated';
    expect([path, operation.security]).toEqual([path, isGuarded ? [{ bearer: [] }] : []]);
  }
});

describe('the server answers each documented success as documented', () => {
  interface Needs {
    readonly fields?: Record<string, string>;
    /** The body of an operation that takes JSON alone. */
    readonly json?: object;
    readonly path?: Record<string, string | number>;
  }
  const bare = [
    ...['listSessions', 'endSessions', 'readProfile', 'exportProfile'],
    ...['readKeys', 'listNodes', 'checkHealth', 'checkReadiness'],
    ...['readApiDescription', 'readOwnPermissions', 'listRoles', 'listPermissions'],
    ...['listUsers', 'listMail', 'readMailStatus'],
    ...['readOverview', 'exportUsers', 'listAllSessions'],
  ];
  const setupToken = async () => {
    await server.deps.database.db.updateTable('users').set({ is_superuser: 0 }).execute();
    return (await issueSetupToken(server.deps)) ?? '';
  };
  /**
   * What each operation needs to succeed, given a user who has just signed in: a superuser, where it
   * takes a permission.
   */
  const requests: Record<string, (user: SignedUp) => Needs | Promise<Needs>> = {
    ...Object.fromEntries(bare.map((name) => [name, () => ({})])),
    register: ({ email }) => ({ fields: { email: `new.${email}`, password: goodPassword } }),
    login: ({ email }) => ({ fields: { email, password: goodPassword } }),
    refresh: ({ refresh_token }) => ({ fields: { refresh_token } }),
    logout: ({ refresh_token }) => ({ fields: { refresh_token } }),
    endSession: ({ access_token }) => ({ path: { id: sessionOf(access_token) } }),
    changeProfile: ({ id }) => ({ fields: { username: `put-${id}-${Math.random()}` } }),
    patchProfile: ({ id }) => ({ fields: { username: `patch-${id}-${Math.random()}` } }),
    changePassword: () => ({
      fields: { current_password: goodPassword, new_password: 'quite another horse' },
    }),
    deleteAccount: () => ({ fields: { password: goodPassword } }),
    inviteUser: async () => ({ path: { id: await addPasswordless() } }),
    acceptInvitation: async () => ({
      fields: { token: await invite(await addPasswordless()), password: goodPassword },
    }),
    checkInvitation: async () => ({ fields: { token: await invite(await addPasswordless()) } }),
    checkSetupLink: async () => ({ fields: { token: await setupToken() } }),
    setUp: async ({ email }) => ({
      fields: { token: await setupToken(), email: `first.${email}`, password: goodPassword },
    }),
    readMail: async ({ email }) => ({ path: { id: (await mailedCode(server, email)).mailId } }),
    resendMail: async ({ email }) => ({ path: { id: (await mailedCode(server, email)).mailId } }),
    checkPermissions: () => ({ json: { permissions: ['users.view'] } }),
    reauthenticate: () => ({ fields: { password: goodPassword } }),
    createRole: ({ id }) => ({ json: { name: `made-${id}` } }),
    readRole: async ({ access_token }) => ({ path: { id: await addRole(access_token) } }),
    changeRole: async ({ access_token }) => ({
      path: { id: await addRole(access_token) },
      json: { permissions: ['a.b'] },
    }),
    deleteRole: async ({ access_token }) => ({ path: { id: await addRole(access_token) } }),
    readUserPermissions: ({ id }) => ({ path: { id } }),
    changeUserPermissions: ({ id }) => ({ path: { id }, json: { permissions: ['a.b'] } }),
    readUser: ({ id }) => ({ path: { id } }),
    createUser: ({ email }) => ({ json: { email: `made.${email}` } }),
    changeUser: ({ id }) => ({ path: { id }, json: { username: `changed-${id}` } }),
    deleteUser: async () => ({ path: { id: (await server.signUp()).id } }),
    setUserPassword: async () => ({
      path: { id: (await server.signUp()).id },
      fields: { password: 'quite another horse' },
    }),
    deactivateUser: async () => ({
      path: { id: (await server.signUp()).id },
      fields: { reason: 'gone' },
    }),
    activateUser: ({ id }) => ({ path: { id } }),
    changeUsers: ({ id }) => ({ json: { action: 'activate', ids: [id, 999_999] } }),
    impersonateUser: async () => ({
      path: { id: (await server.signUp()).id },
      fields: { reason: 'ticket 4711' },
    }),
    listUserSessions: ({ id }) => ({ path: { id } }),
    endUserSessions: async () => ({ path: { id: (await server.signUp()).id } }),
    endSessionOfUser: async () => ({
      path: { id: sessionOf((await server.signUp()).access_token) },
    }),
    ...settingsRequests(() => server),
    ...emailRequests(() => server),
    explainProblem: () => ({ path: { code: 'invalid_token' } }),
  };

  const cases = operations.flatMap((documented) =>
    bodyTypesOf(documented.operation).map((bodyType) => ({
      ...documented,
      bodyType,
    })),
  );

  test.each(cases)('$name $bodyType', async ({ method, path, operation, bodyType }) => {
    const isAdmin = operation['x-permission'] !== undefined;
    const user = await (isAdmin ? server.signUpAdmin('superuser') : server.signUp());
    const request = await requests[operation.operationId]?.(user);
    if (!request) throw new Error(`No request for ${operation.operationId} is written here.`);
    const answer = await ask(server, method, fillIn(path, request.path), {
      ...(operation.security.length > 0 && { token: user.access_token }),
      ...(bodyType && bodyOf(bodyType, request)),
    });
    expect(answer.status, answer.text).toBeLessThan(300); // and as described, which `send` looks at
  });

  test('keys, where there are some', async () => {
    await using other = await startServer({ pinned: { ACCESS_TOKEN_ALGORITHM: 'ES256' } });
    const answer = await other.send('GET', '/.well-known/jwks.json');
    expect(answer.body.keys).toHaveLength(1);
  });

  function sessionOf(accessToken: string): string {
    const [, claims = ''] = accessToken.split('.');
    return JSON.parse(Buffer.from(claims, 'base64url').toString()).sid;
  }

  function bodyTypesOf({ requestBody }: Operation): (BodyType | undefined)[] {
    return requestBody ? (Object.keys(requestBody.content) as BodyType[]) : [undefined];
  }

  async function addPasswordless(): Promise<number> {
    const { id } = await server.signUp();
    const { db } = server.deps.database;
    await db.updateTable('users').set({ password_hash: null }).where('id', '=', id).execute();
    return id;
  }

  async function invite(id: number): Promise<string> {
    const { access_token: token } = await server.signUpAdmin('superuser');
    const { body } = await server.send('POST', `/api/admin/users/${id}/invitation/`, { token });
    return body.url.split('token=')[1];
  }

  async function addRole(token: string): Promise<number> {
    const json = { name: `role-${Math.random().toString(36).slice(2)}` };
    return (await server.send('POST', '/api/admin/roles/', { token, json })).body.id;
  }

  function fillIn(path: string, values: Needs['path'] = {}): string {
    return path.replace(/\{(\w+)\}/g, (_all, name) => String(values[name]));
  }

  function bodyOf(type: BodyType, { fields = {}, json = fields }: Needs) {
    if (type === 'application/json') return { json };
    if (type === 'application/x-www-form-urlencoded') return { form: fields };
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    return { body };
  }

  function ask(
    { send }: TestServer,
    method: string,
    path: string,
    options: RequestOptions,
  ): Promise<Answer> {
    return send(method, path, options);
  }
});
