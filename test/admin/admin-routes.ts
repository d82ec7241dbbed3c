import { setSetting, setText } from '../../src/settings/change-settings.ts';
import { mailTextSetting } from '../../src/settings/mail-text-settings.ts';
import type { RequestOptions, TestServer } from '../harness.ts';
import { removeNextKeys } from './operations.ts';

/**
 * Every route for administrators, with a call of it that succeeds. `routes.test.ts` makes each call as
 * somebody who may, as somebody who may not, and without signing in; it fails where a route of the
 * server has no row here.
 */
export interface AdminRoute {
  /** As the server registers it. */
  readonly route: `${'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'} /${string}`;
  /** What makes the call good. It is called again for each call, because some use up what they are about. */
  readonly prepare?: Prepare;
  /** What the call needs where any of several permissions opens the route. */
  readonly granted?: string;
  /** Of the answer; 200 unless said. */
  readonly status?: number;
  /**
   * Whether it takes recent authentication: security settings, whatever adds power, every link that
   * makes somebody else, what cannot be undone, and every export do.
   */
  readonly recentAuth?: true;
}

type Prepare = (server: TestServer) => Promise<Prepared> | Prepared;

interface Prepared extends Pick<RequestOptions, 'json'> {
  /** What stands in place of `:id`, `:name` and so on. */
  readonly path?: Readonly<Record<string, string | number>>;
  /** With its question mark. */
  readonly query?: string;
}

let made = 0;

/** A user whom nothing has happened to. */
async function newUser({ deps: { database } }: TestServer): Promise<{ path: { id: number } }> {
  made += 1;
  const email = `target${made}@example.com`;
  const { id } = await database.db
    .insertInto('users')
    .values({ email, email_normalized: email, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { path: { id } };
}

async function newRole({ deps: { database } }: TestServer): Promise<{ path: { id: number } }> {
  made += 1;
  const { id } = await database.db
    .insertInto('roles')
    .values({ name: `role-${made}`, created_at_ms: 1, updated_at_ms: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { path: { id } };
}

/** A session of a user who is somebody else. */
async function newSession(server: TestServer): Promise<{ path: { id: number } }> {
  const { path } = await newUser(server);
  const nowMs = server.clock.nowMs();
  const { id } = await server.deps.database.db
    .insertInto('sessions')
    .values({
      ...{ user_id: path.id, created_at_ms: nowMs, refreshed_at_ms: nowMs },
      expires_at_ms: nowMs + 3_600_000,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { path: { id } };
}

/** A user with a recovery code, which is all it takes for factors to be reset. */
async function userWithFactors(server: TestServer): Promise<{ path: { id: number } }> {
  const { path } = await newUser(server);
  await server.deps.database.db
    .insertInto('recovery_codes')
    .values({ user_id: path.id, number: 1, hash: 'x', created_at_ms: 1 })
    .execute();
  return { path };
}

/** A user whose factors are going to be reset. */
async function newReset(server: TestServer): Promise<{ path: { id: number } }> {
  const { path } = await userWithFactors(server);
  const times = { requested_at_ms: 1, due_at_ms: server.clock.nowMs() + 3_600_000 };
  await server.deps.database.db
    .insertInto('factor_resets')
    .values({ user_id: path.id, requested_by: null, reason: 'lost', ...times })
    .execute();
  return { path };
}

/** A mail that waits. */
async function newMail({ deps, clock }: TestServer): Promise<{ path: { id: number } }> {
  made += 1;
  const nowMs = clock.nowMs();
  const { id } = await deps.database.db
    .insertInto('outbox')
    .values({
      ...{ message_id: `<${made}@example.com>`, kind: 'invitation', user_id: null },
      ...{ email: 'ada@example.com', locale: 'en', sealed_parameters: 'x', state: 'pending' },
      ...{ last_reply: null, created_at_ms: nowMs, due_at_ms: nowMs, finished_at_ms: null },
      expires_at_ms: nowMs + 3_600_000,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { path: { id } };
}

/** A text of mails. */
const aText = { locale: 'en', name: 'invitation.heading' };

const withJson =
  (prepare: Prepare, json: unknown): Prepare =>
  async (server) => ({ ...(await prepare(server)), json });

export const adminRoutes: readonly AdminRoute[] = [
  // Roles and permissions
  { route: 'GET /api/admin/permissions/' },
  { route: 'GET /api/admin/roles/' },
  {
    route: 'POST /api/admin/roles/',
    recentAuth: true,
    prepare: () => {
      made += 1;
      return { json: { name: `role-${made}`, description: '', permissions: [] } };
    },
    status: 201,
  },
  { route: 'GET /api/admin/roles/:id/', prepare: newRole },
  {
    route: 'PATCH /api/admin/roles/:id/',
    recentAuth: true,
    prepare: withJson(newRole, { description: 'new' }),
  },
  { route: 'DELETE /api/admin/roles/:id/', recentAuth: true, prepare: newRole },
  { route: 'GET /api/admin/users/:id/permissions/', prepare: newUser },
  {
    route: 'PUT /api/admin/users/:id/permissions/',
    recentAuth: true,
    prepare: withJson(newUser, { roles: [] }),
  },
  {
    route: 'POST /api/admin/users/:id/invitation/',
    recentAuth: true,
    prepare: newUser,
    status: 201,
  },

  // Users
  { route: 'GET /api/admin/users/' },
  {
    route: 'POST /api/admin/users/',
    recentAuth: true,
    prepare: () => {
      made += 1;
      return { json: { email: `made${made}@example.com` } };
    },
    status: 201,
  },
  { route: 'GET /api/admin/users/:id/', prepare: newUser },
  {
    route: 'PATCH /api/admin/users/:id/',
    recentAuth: true,
    prepare: async (server) => {
      const { path } = await newUser(server);
      return { path, json: { username: `renamed${path.id}` } };
    },
  },
  { route: 'DELETE /api/admin/users/:id/', recentAuth: true, prepare: newUser },
  {
    route: 'POST /api/admin/users/:id/password/',
    recentAuth: true,
    prepare: withJson(newUser, { password: 'a quite new horse' }),
  },
  { route: 'POST /api/admin/users/:id/deactivate/', prepare: withJson(newUser, {}) },
  { route: 'POST /api/admin/users/:id/activate/', recentAuth: true, prepare: newUser },
  {
    route: 'POST /api/admin/users/bulk/',
    recentAuth: true,
    prepare: async (server) => {
      const { path } = await newUser(server);
      return { json: { action: 'deactivate', ids: [path.id] } };
    },
    granted: 'users.change',
  },
  { route: 'GET /api/admin/users/:id/factors/', prepare: newUser },
  {
    route: 'POST /api/admin/users/:id/factors/reset/',
    recentAuth: true,
    prepare: withJson(userWithFactors, { reason: 'lost their phone' }),
  },
  { route: 'DELETE /api/admin/users/:id/factors/reset/', prepare: newReset },
  { route: 'GET /api/admin/users/export/', recentAuth: true },
  {
    route: 'POST /api/admin/users/:id/impersonation/',
    recentAuth: true,
    prepare: withJson(newUser, { reason: 'ticket 4711' }),
    status: 201,
  },

  // Sessions
  { route: 'GET /api/admin/sessions/' },
  { route: 'GET /api/admin/users/:id/sessions/', prepare: newUser },
  { route: 'DELETE /api/admin/users/:id/sessions/', prepare: newUser },
  { route: 'DELETE /api/admin/sessions/:id/', prepare: newSession },

  // Nodes and figures
  { route: 'GET /api/admin/overview/' },

  // Audit log and keys
  { route: 'GET /api/admin/audit/' },
  { route: 'GET /api/admin/audit/kinds/' },
  { route: 'GET /api/admin/audit/export/', recentAuth: true },
  { route: 'GET /api/admin/keys/' },
  {
    route: 'POST /api/admin/keys/rotate/',
    recentAuth: true,
    prepare: async (server) => {
      await removeNextKeys(server);
      return {};
    },
    status: 201,
  },

  // Settings
  { route: 'GET /api/admin/settings/' },
  {
    route: 'GET /api/admin/settings/:name/',
    prepare: () => ({ path: { name: 'SESSION_MAX_AGE' } }),
  },
  {
    route: 'PUT /api/admin/settings/:name/',
    recentAuth: true,
    prepare: () => ({ path: { name: 'SESSION_MAX_AGE' }, json: { value: 86_400 } }),
  },
  {
    route: 'DELETE /api/admin/settings/:name/',
    recentAuth: true,
    prepare: () => ({ path: { name: 'SESSION_MAX_AGE' }, json: {} }),
  },
  { route: 'GET /api/admin/setting-changes/' },
  {
    route: 'POST /api/admin/setting-changes/:id/rollback/',
    recentAuth: true,
    prepare: async ({ deps }) => {
      const origin = { actor: 'test', reason: '' };
      const { id } = await setSetting(deps, 'SESSION_MAX_AGE', 86_400, origin);
      return { path: { id }, json: {} };
    },
  },

  // Mail
  { route: 'GET /api/admin/mail/' },
  { route: 'GET /api/admin/mail/status/' },
  { route: 'GET /api/admin/mail/:id/', prepare: newMail },
  { route: 'POST /api/admin/mail/:id/resend/', prepare: newMail },
  { route: 'GET /api/admin/mail-texts/:locale/', prepare: () => ({ path: aText }) },
  { route: 'GET /api/admin/mail-texts/:locale/:name/', prepare: () => ({ path: aText }) },
  {
    route: 'PUT /api/admin/mail-texts/:locale/:name/',
    recentAuth: true,
    prepare: () => ({ path: aText, json: { value: 'Something else' } }),
  },
  {
    route: 'DELETE /api/admin/mail-texts/:locale/:name/',
    recentAuth: true,
    prepare: () => ({ path: aText, json: {} }),
  },
  {
    route: 'POST /api/admin/mail-texts/:locale/:name/changes/:id/rollback/',
    recentAuth: true,
    prepare: async ({ deps }) => {
      const origin = { actor: 'test', reason: '' };
      const setting = mailTextSetting(aText.locale, aText.name);
      const { id } = await setText(deps, setting, 'Something else', origin);
      return { path: { ...aText, id }, json: {} };
    },
  },
  {
    route: 'POST /api/admin/mail-texts/preview/',
    prepare: () => ({ json: { kind: 'invitation', locale: 'en' } }),
  },
  {
    route: 'POST /api/admin/mail-texts/test/',
    status: 202,
    prepare: () => ({ json: { kind: 'invitation', locale: 'en' } }),
  },

  // Nodes
  { route: 'GET /api/admin/nodes/' },
];
