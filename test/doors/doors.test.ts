import { readFileSync } from 'node:fs';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesData } from '../../src/http/routes.ts';
import { addApp } from '../authenticator.ts';
import { startServer, type TestServer } from '../harness.ts';
import { type Door, doors, leaks, noDoors, type Opened, otherDoors } from './doors.ts';
import {
  addDevice,
  addPerson,
  type EmailState,
  emailStates,
  type FactorState,
  factorStates,
  liveSessions,
  type Method,
  methodsOf,
  stateOf,
} from './people.ts';

/** Nobody gets past their second factor: each door, in each state of the factors and of the email. */

let server: TestServer;
const publicRoutes: string[] = [];
beforeAll(async () => {
  server = await startServer({
    pinned: { MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false },
    beforeRoutes: async (app) => {
      app.addHook('onRoute', ({ method, url, config = {} }) => {
        if (config.auth?.kind === 'public' && changesData({ method, config })) {
          publicRoutes.push(`${method} ${url}`);
        }
      });
    },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

describe('every door is in the table', () => {
  const known = [...doors.flatMap(({ routes }) => routes), ...otherDoors];

  test('of the API: what answers with a pair', () => {
    const { paths } = JSON.parse(
      readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8'),
    );
    const found = Object.entries<Record<string, { responses: object }>>(paths).flatMap(
      ([path, operations]) =>
        Object.entries(operations)
          .filter(([, { responses = {} }]) => /refresh_token|TokenPair/.test(successOf(responses)))
          .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(found.toSorted()).toEqual(known.filter((name) => name.includes(' /api/')).toSorted());
  });

  test('of the sites: what anybody can send', () => {
    const found = publicRoutes.filter((name) => /^\w+ \/(account|admin)\//.test(name));
    const ofSites = known.filter((name) => / \/(account|admin)\//.test(name));
    expect(found.toSorted()).toEqual([...ofSites, ...noDoors].toSorted());
  });

  function successOf(responses: object): string {
    const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    return JSON.stringify(successes.map(([, response]) => response));
  }
});

/** What a door should say first. */
function expected(door: Door, state: FactorState, email: EmailState): Opened['kind'] {
  if (door.proof === 'passkey') return 'in';
  // The first person who proves an email is its owner: the factors were somebody else's.
  const dropsFactors = email === 'not proven' && isByMail(door);
  return state !== 'none' && !dropsFactors ? 'waits' : 'in';
}

const isByMail = ({ proof }: Door) => proof === 'mail' || proof === 'new password by mail';

/** What nobody else can have set is kept. */
const keepsPassword = (email: EmailState) => email === 'proven' || email === 'given and not proven';

const amrOf: Readonly<Record<Method, string[]>> = {
  totp: ['otp', 'mfa'],
  recovery_code: ['otp', 'mfa'],
  passkey: ['pop', 'user', 'swk', 'mfa'],
};

/** A door for passkeys opens to nobody who has none: there is nothing to be shown. */
const statesFor = ({ proof }: Door) =>
  factorStates.filter((state) => proof !== 'passkey' || state.endsWith('passkey'));

/** Whose the email is makes a difference to who reads its mail. */
const emailStatesFor = (door: Door) =>
  emailStates.filter((email) => isByMail(door) || /^(not )?proven$/.test(email));

const cases = doors.flatMap((door) =>
  statesFor(door).flatMap((state) =>
    emailStatesFor(door).map((email) => ({
      ...{ door, state, email },
      name: `${door.routes[0] ?? door.proof}, factors: ${state}, email ${email}`,
    })),
  ),
);

test.each(cases)('$name', async ({ door, state, email }) => {
  const kind = expected(door, state, email);
  const methods = kind === 'waits' ? methodsFor(door, state, email) : [undefined];
  for (const method of methods) await knock(door, state, email, method);
});

/**
 * What the factor is shown with: all that the user has where the email is proven. Where it is not, each state takes one
 * of them, and together they take all.
 */
function methodsFor(door: Door, state: FactorState, email: EmailState): Method[] {
  const methods = methodsOf[state].filter((method) => door.methods?.includes(method) ?? true);
  return email === 'proven'
    ? methods
    : methods.slice(state === 'app and passkey' ? -1 : 0).slice(0, 1);
}

async function knock(door: Door, state: FactorState, email: EmailState, method?: Method) {
  const person = await addPerson(server, state, email);
  await addDevice(server, person);
  const was = await stateOf(server, person.id);
  const before = was.sessions;
  const opened = await door.open(server, person);
  const kind = expected(door, state, email);
  expect([opened.kind, opened.kind === 'refused' && opened.answer.text]).toEqual([kind, false]);
  if (opened.kind === 'in') {
    const level = door.proof === 'passkey' ? 3 : 1;
    const is = await stateOf(server, person.id);
    const session = is.sessions.at(-1);
    expect(before.map(({ id }) => id)).not.toContain(session?.id);
    expect(session?.auth_level).toBe(level);
    if (door.proof !== 'mail') return;
    const kept = keepsPassword(email) ? was : { password_hash: null, devices: [], sessions: [] };
    const { password_hash, devices } = kept;
    expect(is).toMatchObject({ password_hash, devices, sessions: [...kept.sessions, session] });
    expect(is.email_verified_at_ms).not.toBeNull();
    return;
  }
  // No session, not even an unknown one.
  expect(await liveSessions(server, person.id)).toEqual(before);
  // Who reads the mail, and has no factor, has changed nothing.
  if (isByMail(door)) expect(await stateOf(server, person.id)).toEqual(was);
  if (opened.kind !== 'waits' || !method) return;
  const done = await opened.finish(method);
  const { sessions, ...is } = await stateOf(server, person.id);
  if (isByMail(door)) expect(is.email_verified_at_ms).not.toBeNull();
  if (door.proof === 'mail') {
    const { password_hash, devices } = was;
    expect(is).toMatchObject({ password_hash, devices });
  }
  if (door.routes.length === 0) {
    if (done.kind !== 'refused') throw new Error('A reset signs nobody in.');
    expect([done.answer.status, leaks(done.answer)]).toEqual([200, false]);
    expect(sessions).toEqual([]);
    return;
  }
  expect([done.kind, done.kind === 'refused' && done.answer.text]).toEqual(['in', false]);
  const others = door.proof === 'new password by mail' ? 0 : before.length; // which it ends
  expect(sessions).toHaveLength(others + 1);
  const first = door.proof === 'mail' ? 'otp' : 'pwd';
  expect(sessions.at(-1)).toMatchObject({
    auth_level: method === 'passkey' ? 3 : 2,
    amr: [...new Set([first, ...amrOf[method]])].join(' '),
  });
}

describe('once a second factor is required, and the time for adding one is over', () => {
  let strict: TestServer;
  const graceSeconds = 600;
  beforeAll(async () => {
    strict = await startServer({
      pinned: {
        ...{ MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false },
        ...{ SECOND_FACTOR_POLICY: 'required', SECOND_FACTOR_GRACE_PERIOD: graceSeconds },
      },
    });
  });
  afterAll(() => strict[Symbol.asyncDispose]());

  test.each(doors.filter(({ proof }) => proof !== 'passkey'))(
    'nobody without one gets in by $proof, $routes',
    async (door) => {
      const person = await addPerson(strict, 'none');
      strict.clock.advance(graceSeconds * 1000);
      const before = await liveSessions(strict, person.id);
      const opened = await door.open(strict, person);
      if (opened.kind !== 'refused') throw new Error(`It is ${opened.kind}.`);
      expect(leaks(opened.answer)).toBe(false);
      const known = before.map(({ id }) => id);
      const added = (await liveSessions(strict, person.id)).filter(({ id }) => !known.includes(id));
      expect(added).toEqual([]);
    },
  );

  test.each(doors.filter(({ proof }) => proof === 'password'))(
    'who has one gets in with it by $routes',
    async (door) => {
      const person = await addPerson(strict, 'app');
      strict.clock.advance(graceSeconds * 1000);
      const opened = await door.open(strict, person);
      if (opened.kind !== 'waits') throw new Error(`It is ${opened.kind}.`);
      expect((await opened.finish('totp')).kind).toBe('in');
    },
  );
});

describe('the other doors', () => {
  test('a refresh makes no session stronger', async () => {
    const user = await server.signUp();
    const json = { email: user.email, password: 'correct horse battery' };
    const { body: pair } = await server.send('POST', '/api/login/', { json });
    await addApp(server, user);
    const refreshed = await server.send('POST', '/api/refresh/', {
      json: { refresh_token: pair.refresh_token },
    });
    expect(decodeJwt(refreshed.body.access_token)).toMatchObject({ acr: 'aal1', amr: ['pwd'] });
  });

  test('an administrator in the name of a user has shown none of their factors', async () => {
    const user = await server.signUp();
    await addApp(server, user);
    const { access_token: token, id } = await server.signUpAdmin('superuser');
    const path = `/api/admin/users/${user.id}/impersonation/`;
    const { body } = await server.send('POST', path, { token, json: { reason: 'ticket 1' } });
    const claims = decodeJwt(body.access_token);
    expect(claims).toMatchObject({ act: { sub: String(id) } });
    expect([claims.acr, claims.amr, claims.auth_time]).toEqual([undefined, undefined, undefined]);
    const session = (await liveSessions(server, user.id)).at(-1);
    expect(session).toMatchObject({ auth_level: 1, amr: null, impersonator_id: id });
  });
});
