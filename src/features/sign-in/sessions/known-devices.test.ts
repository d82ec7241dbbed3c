import { afterAll, expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { resetSetting, setSetting } from '../../../settings/change-settings.ts';
import { removeUser } from '../../administration/user-admin/index.ts';
import { sweepKnownNetworks } from './known-devices.ts';
import { findKnownNetworks } from './known-networks.queries.ts';

const dayMs = 86_400_000;
const server = await startServer({ trustedProxies: ['loopback'] });
afterAll(() => server[Symbol.asyncDispose]());

const login = (email: string, from: string) =>
  server.send('POST', '/api/login/', {
    json: { email, password: goodPassword },
    headers: { 'x-forwarded-for': from },
  });
const networksOf = async (id: number) =>
  (await findKnownNetworks(server.deps.database.db, id)).map(({ network }) => network);

test('the networks of a user are in the export, and go with the user', async () => {
  const { id, email } = await server.signUp();
  await login(email, '203.0.113.7');
  const { access_token: token } = (await login(email, '2001:db8::7')).body;
  const { body } = await server.send('GET', '/api/me/export/', { token });
  const last_used_at = expect.stringMatching(/^\d{4}-.*Z$/);
  expect(body.known_networks).toHaveLength(3);
  for (const network of ['127.0.0.1', '203.0.113.7', '2001:db8:0:0::/64']) {
    expect(body.known_networks).toContainEqual({ network, last_used_at });
  }
  await removeUser(server.deps, id, { kind: 'system' });
  expect(await networksOf(id)).toEqual([]);
});

test('of more than twenty the last used are kept, and a use is noted once a day', async () => {
  const { id, email } = await server.signUp();
  for (let i = 1; i <= 20; i += 1) {
    server.clock.advance(1_000);
    await login(email, `198.51.100.${i}`);
  }
  expect(await networksOf(id)).not.toContain('127.0.0.1');
  const [latest] = await findKnownNetworks(server.deps.database.db, id);
  server.clock.advance(dayMs / 2);
  await login(email, '198.51.100.20');
  expect((await findKnownNetworks(server.deps.database.db, id))[0]).toEqual(latest);
  server.clock.advance(dayMs);
  await login(email, '198.51.100.1');
  await login(email, '203.0.113.9');
  const networks = await networksOf(id);
  expect(networks).toHaveLength(20);
  expect(networks.slice(0, 2).sort()).toEqual(['198.51.100.1', '203.0.113.9']);
  expect(networks).not.toContain('198.51.100.2');
});

test('a network that was not used for the retention is forgotten, and without a retention none is remembered', async () => {
  const users = [await server.signUp(), await server.signUp()];
  server.clock.advance(60 * dayMs);
  for (const { email } of users) await login(email, '203.0.113.8');
  server.clock.advance(31 * dayMs);
  let removed = 0;
  for (let after: number | undefined = 0; after !== undefined; ) {
    const step = await sweepKnownNetworks(server.deps, after);
    removed += step.removed;
    after = step.throughId;
  }
  expect(removed).toBeGreaterThanOrEqual(2);
  for (const { id } of users) expect(await networksOf(id)).toEqual(['203.0.113.8']);

  const origin = { actor: 'a test', reason: '' };
  await setSetting(server.deps, 'KNOWN_NETWORK_RETENTION', 0, origin);
  const { id } = await server.signUp();
  expect(await networksOf(id)).toEqual([]);
  await resetSetting(server.deps, 'KNOWN_NETWORK_RETENTION', origin);
});
