import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuthLevel } from '../../src/lib/auth-level.ts';
import { startServer, type TestServer } from '../harness.ts';
import { type Door, doors, leaks, type Opened } from './doors.ts';
import {
  addPerson,
  type FactorState,
  factorStates,
  liveSessions,
  type Method,
  methodsOf,
  type Person,
} from './people.ts';

/** No door is weaker than what a user is obliged to: each door, in each state of the factors, under each requirement. */

let server: TestServer;
const roleIds: Partial<Record<AuthLevel, number>> = {};
beforeAll(async () => {
  server = await startServer({ pinned: { MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false } });
  const { db } = server.deps.database;
  for (const required_level of [2, 3] as const) {
    const times = { created_at_ms: 1, updated_at_ms: 1 };
    const { id } = await db
      .insertInto('roles')
      .values({ name: `needs ${required_level}`, required_level, ...times })
      .returning('id')
      .executeTakeFirstOrThrow();
    roleIds[required_level] = id;
  }
  await setTimeout(600); // what roles require is looked up twice a second
});
afterAll(() => server[Symbol.asyncDispose]());

const levelOf = (method: Method): AuthLevel => (method === 'passkey' ? 3 : 2);
const reachedBy: Readonly<Record<FactorState, AuthLevel>> = {
  ...{ none: 1, app: 2, passkey: 3, 'app and passkey': 3 },
};

/** Somebody whose time for adding a factor is over, or ends at another moment. */
async function addObliged(state: FactorState, required: 2 | 3, dueAtMs = 1): Promise<Person> {
  const person = await addPerson(server, state);
  const { db } = server.deps.database;
  const due = { factor_due_at_ms: dueAtMs };
  await db.updateTable('users').set(due).where('id', '=', person.id).execute();
  const role = { user_id: person.id, role_id: roleIds[required] ?? 0 };
  await db.insertInto('user_roles').values(role).execute();
  return person;
}

/** Nobody is in, nor has anything that gets them in. */
function expectShut(opened: Opened): void {
  expect(opened.kind).not.toBe('in'); // a page may ask again, for another factor
  if (opened.kind === 'refused') expect(leaks(opened.answer)).toBe(false);
}

/** What a door takes of somebody. Who needs a passkey, and sends something else, is refused below. */
function methodsAt(door: Door, state: FactorState): readonly Method[] {
  return methodsOf[state].filter((method) => door.methods?.includes(method) ?? true);
}

const cases = doors.flatMap((door) =>
  factorStates
    .filter((state) => door.proof !== 'passkey' || state.endsWith('passkey'))
    .flatMap((state) =>
      ([2, 3] as const).map((required) => ({
        ...{ door, state, required },
        name: `${door.routes[0] ?? door.proof}, factors: ${state}, obliged to level ${required}`,
      })),
    ),
);

describe('once the time for adding a factor is over', () => {
  test.each(cases)('$name', async ({ door, state, required }) => {
    if (state === 'none' || door.proof === 'passkey') {
      await knock(door, state, required);
      return;
    }
    for (const method of methodsAt(door, state)) await knock(door, state, required, method);
  });
});

describe('while there is time for adding a factor', () => {
  // Those with less than is required: the others are let in whether or not there is time.
  const short = cases.filter(
    ({ door, state, required }) => door.proof !== 'passkey' && reachedBy[state] < required,
  );

  test.each(short)('$name', async ({ door, state, required }) => {
    const dueAtMs = server.clock.nowMs() + 3_600_000;
    const person = await addObliged(state, required, dueAtMs);
    const before = (await liveSessions(server, person.id)).map(({ id }) => id);
    const opened = await door.open(server, person);
    if (state === 'none') {
      expect([opened.kind, opened.kind === 'refused' && opened.answer.text]).toEqual(['in', false]);
      const session = (await liveSessions(server, person.id)).at(-1);
      expect([before.includes(session?.id ?? 0), session?.auth_level]).toEqual([false, 1]);
      return;
    }
    if (opened.kind !== 'waits') throw new Error(`It is ${opened.kind}.`);
    const done = await opened.finish('totp');
    if (door.routes.length === 0) {
      if (done.kind !== 'refused') throw new Error('A reset signs nobody in.');
      expect(done.answer.status).toBe(200);
      return;
    }
    expect([done.kind, done.kind === 'refused' && done.answer.text]).toEqual(['in', false]);
    expect((await liveSessions(server, person.id)).at(-1)?.auth_level).toBe(2);
  });

  test.each(doors.filter(({ proof }) => proof === 'password'))(
    'it ends at its end, and not before: $routes',
    async (door) => {
      for (const [leftMs, kind] of [
        [60_000, 'in'],
        [0, 'refused'],
      ] as const) {
        const person = await addObliged('none', 2, server.clock.nowMs() + 120_000);
        server.clock.advance(120_000 - leftMs);
        expect([leftMs, (await door.open(server, person)).kind]).toEqual([leftMs, kind]);
      }
    },
  );
});

async function knock(door: Door, state: FactorState, required: 2 | 3, method?: Method) {
  const person = await addObliged(state, required);
  const opened = await door.open(server, person);
  const newest = async () => (await liveSessions(server, person.id)).at(-1);
  const before = await newest();
  if (door.proof === 'passkey') {
    expect([opened.kind, before?.auth_level]).toEqual(['in', 3]);
    return;
  }
  if (!method) {
    expectShut(opened);
    return;
  }
  if (opened.kind !== 'waits') throw new Error(`It is ${opened.kind}.`);
  const done = await opened.finish(method);
  const isEnough = levelOf(method) >= required;
  if (!isEnough || door.routes.length === 0) {
    expectShut(done);
    const after = await newest();
    // A reset ends those that there were, and begins none.
    expect(after === undefined || after.id === before?.id).toBe(true);
    return;
  }
  expect([done.kind, done.kind === 'refused' && done.answer.text]).toEqual(['in', false]);
  const session = await newest();
  expect(session?.id).not.toBe(before?.id);
  expect(session?.auth_level).toBe(levelOf(method));
  expect(reachedBy[state]).toBeGreaterThanOrEqual(required);
}
