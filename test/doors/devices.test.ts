import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthLevel } from '../../src/lib/auth-level.ts';
import { startServer, type TestServer } from '../harness.ts';
import { type Door, doors, leaks } from './doors.ts';
import { addPerson, liveSessions, type Person } from './people.ts';

/** A remembered device stands in for a second factor, and for nothing else: each door, on each device. */

const day = 86_400;
let server: TestServer;
let roleId: number;
beforeAll(async () => {
  server = await startServer({
    pinned: {
      ...{ MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false },
      ...{ TRUSTED_DEVICE_LIFETIME: 30 * day, ACCESS_TOKEN_LIFETIME: day },
    },
  });
  const role = {
    name: 'operators',
    required_level: 3,
    created_at_ms: 1,
    updated_at_ms: 1,
  } as const;
  const { db } = server.deps.database;
  const row = await db.insertInto('roles').values(role).returning('id').executeTakeFirstOrThrow();
  roleId = row.id;
  await setTimeout(600); // what roles require is looked up twice a second
});
afterAll(() => server[Symbol.asyncDispose]());

/** Has the device remembered on which somebody shows their second factor; gives its token. */
async function remember(person: Person): Promise<string> {
  const { email } = person;
  const json = { email, password: 'correct horse battery' };
  const { flow } = (await server.send('POST', '/api/login/', { json })).body;
  const factor = await person.prove('recovery_code', () => {
    throw new Error('It asks for no passkey.');
  });
  const done = await server.send('POST', '/api/login/second-factor/', {
    json: { flow, remember: true, ...factor },
  });
  expect(done.body.device_token).toEqual(expect.any(String));
  return done.body.device_token;
}

/** What may be wrong with a device. Each gives the token that is sent. */
const devices: Readonly<Record<string, (person: Person) => Promise<string>>> = {
  remembered: remember,
  async 'not remembered any more'(person) {
    const token = await remember(person);
    server.clock.advance(30 * day * 1000);
    return token;
  },
  async forgotten(person) {
    const token = await remember(person);
    const path = '/api/me/trusted-devices/';
    const { body } = await server.send('GET', path, { token: person.access_token });
    const [{ id }] = body.devices;
    const forgotten = await server.send('DELETE', `${path}${id}/`, { token: person.access_token });
    expect(forgotten.status).toBeLessThan(300);
    return token;
  },
  async 'remembered with factors of before'(person) {
    const token = await remember(person);
    const { db } = server.deps.database;
    // Of what removes a factor: that it also deletes the devices is one more wall.
    await db.updateTable('users').set({ factor_epoch: 7 }).where('id', '=', person.id).execute();
    return token;
  },
  'that of another user': async () => remember(await addPerson(server, 'app')),
};

/** Whether the device stands in for the factor. */
function isEnough(door: Door, device: string, required: AuthLevel): boolean {
  return door.knowsDevices === true && device === 'remembered' && required < 3;
}

const cases = doors
  .filter(({ proof }) => proof !== 'passkey')
  .flatMap((door) =>
    Object.keys(devices).flatMap((device) =>
      (device === 'remembered' ? ([1, 3] as const) : ([1] as const)).map((required) => ({
        ...{ door, device, required },
        name: `${door.routes[0] ?? door.proof}, device: ${device}, obliged to level ${required}`,
      })),
    ),
  );

describe('a device stands in for the second factor', () => {
  test.each(cases)('$name', async ({ door, device, required }) => {
    const person = await addPerson(server, 'app');
    const token = await devices[device]?.(person);
    if (required === 3) await oblige(person);
    const before = (await liveSessions(server, person.id)).map(({ id }) => id);
    const opened = await door.open(server, person, token);
    const added = (await liveSessions(server, person.id)).filter(({ id }) => !before.includes(id));
    if (!isEnough(door, device, required)) {
      expect([opened.kind, opened.kind === 'refused' && opened.answer.text]).toEqual([
        ...['waits', false],
      ]);
      expect(added).toEqual([]);
      return;
    }
    expect(opened.kind).toBe('in');
    // It is not a factor: the session is as weak as without one.
    expect(added.map(({ auth_level }) => auth_level)).toEqual([1]);
    expect(added[0]?.amr).not.toMatch(/mfa/);
  });
});

async function oblige({ id }: Person): Promise<void> {
  const { db } = server.deps.database;
  await db.updateTable('users').set({ factor_due_at_ms: 1 }).where('id', '=', id).execute();
  await db.insertInto('user_roles').values({ user_id: id, role_id: roleId }).execute();
}

test('a session on a device ends with what the device stands in for', async () => {
  const person = await addPerson(server, 'app');
  const device_token = await remember(person);
  const json = { email: person.email, password: 'correct horse battery', device_token };
  const { body } = await server.send('POST', '/api/login/', { json });
  await oblige(person);
  const refreshed = await server.send('POST', '/api/refresh/', {
    json: { refresh_token: body.refresh_token },
  });
  expect([refreshed.body.code, leaks(refreshed)]).toEqual(['second_factor_due', false]);
});
