import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInNames } from '../../src/features/identity/roles/permissions.ts';
import { routePermissions } from '../../src/http/routes.ts';
import { type SignedUp, startServer, type TestServer } from '../harness.ts';
import { type AdminRoute, adminRoutes } from './admin-routes.ts';

/**
 * Every route for administrators: with its permission, without it, without a sign-in, and without recent
 * authentication.
 */

interface Declared {
  readonly permissions: readonly string[];
  readonly recentAuth: boolean;
}

const declared = new Map<string, Declared>();
let server: TestServer;
let caller: SignedUp;

beforeAll(async () => {
  server = await startServer({
    pinned: { ACCESS_TOKEN_ALGORITHM: 'ES256' }, // so that there are keys to rotate
    async beforeRoutes(app) {
      app.addHook('onRoute', ({ method, url, config, schema }) => {
        if (config?.auth?.kind !== 'admin' || method === 'HEAD') return;
        if (schema?.hide) return; // what answers the other methods of a path
        const permissions = routePermissions(config);
        declared.set(`${method} ${url}`, { permissions, recentAuth: config.recentAuth ?? false });
      });
    },
  });
  caller = await server.signUp();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Gives the caller these permissions and no others. */
async function grantOnly(...permissions: readonly string[]): Promise<void> {
  const { db } = server.deps.database;
  await db.deleteFrom('user_permissions').where('user_id', '=', caller.id).execute();
  const rows = permissions.map((permission) => ({ user_id: caller.id, permission }));
  if (rows.length > 0) await db.insertInto('user_permissions').values(rows).execute();
}

/** When the caller has signed in, and, if they have a second factor, when they showed it. */
async function authenticatedAt(
  authenticated_at_ms: number,
  factor?: { readonly shownAtMs: number | null },
): Promise<void> {
  const { db } = server.deps.database;
  const factor_at_ms = factor?.shownAtMs ?? null;
  await db
    .updateTable('sessions')
    .set({ authenticated_at_ms, factor_at_ms })
    .where('user_id', '=', caller.id)
    .execute();
  await db
    .updateTable('users')
    .set({ factor_level: factor ? 2 : 1 })
    .where('id', '=', caller.id)
    .execute();
}

async function call({ route, prepare }: AdminRoute, token?: string) {
  const [method = '', url = ''] = route.split(' ');
  const { path = {}, query = '', json } = (await prepare?.(server)) ?? {};
  const filled = url.replaceAll(/:(\w+)/g, (_match, name: string) => String(path[name] ?? 1));
  return server.send(method, `${filled}${query}`, {
    ...(token !== undefined && { token }),
    ...(json !== undefined && { json }),
  });
}

test('every route for administrators has its row, and every row its route', () => {
  expect(adminRoutes.map(({ route }) => route).sort()).toEqual([...declared.keys()].sort());
});

describe.each(adminRoutes)('$route', (row) => {
  const demand = () => declared.get(row.route) as Declared;

  test('is refused without signing in', async () => {
    const answer = await call(row);
    expect([answer.status, answer.body.code]).toEqual([401, 'not_authenticated']);
  });

  test('is refused to a user who has every permission except its own', async () => {
    const { permissions } = demand();
    await grantOnly(...builtInNames.filter((name) => !permissions.includes(name)));
    const answer = await call(row, caller.access_token);
    expect([answer.status, answer.body.code]).toEqual([403, 'permission_denied']);
    for (const name of permissions) expect(answer.body.detail).toContain(name);
  });

  test('is open to a user who has only its permission', async () => {
    await grantOnly(row.granted ?? demand().permissions[0] ?? '');
    const answer = await call(row, caller.access_token);
    expect([answer.status, answer.text]).toEqual([row.status ?? 200, answer.text]);
  });

  test('takes recent authentication where the table says so, with the factor of who has one', async () => {
    const recentAuth = row.recentAuth ?? false;
    expect(demand().recentAuth).toBe(recentAuth);
    await grantOnly(row.granted ?? demand().permissions[0] ?? '');
    const nowMs = server.clock.nowMs();
    const tooOld = [
      { set: () => authenticatedAt(1), acr: 'aal1' },
      // A password, or a remembered device, does not stand in for the factor; nor an old one.
      { set: () => authenticatedAt(nowMs, { shownAtMs: null }), acr: 'aal2' },
      { set: () => authenticatedAt(nowMs, { shownAtMs: 1 }), acr: 'aal2' },
    ];
    for (const { set, acr } of recentAuth ? tooOld : tooOld.slice(0, 1)) {
      await set();
      const answer = await call(row, caller.access_token);
      expect(answer.status).toBe(recentAuth ? 401 : (row.status ?? 200));
      if (!recentAuth) continue;
      const code = 'insufficient_user_authentication';
      expect(answer.body).toMatchObject({ code, acr_values: acr, max_age: 900 });
      expect(answer.headers.get('www-authenticate')).toBe(
        `Bearer error="${code}", acr_values="${acr}", max_age="900"`,
      );
    }
    await authenticatedAt(nowMs, { shownAtMs: nowMs });
    const answer = await call(row, caller.access_token);
    expect([answer.status, answer.text]).toEqual([row.status ?? 200, answer.text]);
    await authenticatedAt(nowMs);
  });
});
