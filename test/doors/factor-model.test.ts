import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuthLevel } from '../../src/lib/auth-level.ts';
import { addApp, shownCode } from '../authenticator.ts';
import { type Answer, goodPassword, startServer } from '../harness.ts';
import { runs } from '../long.ts';
import { mailedCode, mailTo } from '../mailed-codes.ts';
import { addPasskey, newAuthenticator } from '../webauthn.ts';
import { graceSeconds, type Method, Model, methods, pick } from './factor-model.ts';
import { liveSessions } from './people.ts';

/**
 * Somebody adds and removes factors, signs in by every door, answers or does not, has devices remembered and forgotten, resets
 * the password, and is obliged to more or less, with time for it or without, in any order. Each request ends as a simple model
 * says, which knows nothing of how the server does it.
 */

/** How long each takes that takes time. A flow outlives all of them. */
const stepMs = 30_000;
const rememberSeconds = 30 * 86_400;

const server = await startServer({
  pinned: {
    ...{ MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false },
    ...{ ACCESS_TOKEN_LIFETIME: 3_600, REAUTHENTICATION_AGE: 3_600 },
    ...{ SECOND_FACTOR_GRACE_PERIOD: graceSeconds, TRUSTED_DEVICE_LIFETIME: rememberSeconds },
  },
});
afterAll(() => server[Symbol.asyncDispose]());
const { send } = server;

/** A role for each level that a user can be obliged to. */
const roleIds = new Map<AuthLevel, number>();
beforeAll(async () => {
  const { db } = server.deps.database;
  for (const required_level of [2, 3] as const) {
    const role = { name: `needs ${required_level}`, created_at_ms: 1, updated_at_ms: 1 };
    const { id } = await db
      .insertInto('roles')
      .values({ ...role, required_level })
      .returning('id')
      .executeTakeFirstOrThrow();
    roleIds.set(required_level, id);
  }
  await setTimeout(600); // what roles require is looked up twice a second
});

const nth = fc.nat(3);
const method = fc.constantFrom(...methods);
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('sign in', 'sign in by mail', 'sign in with passkey') }),
  fc.record({ do: fc.constantFrom('sign in', 'sign in by mail'), device: nth }),
  fc.record({ do: fc.constant('answer'), flow: nth, method, isRight: fc.boolean() }),
  fc.record({
    ...{ do: fc.constant('answer'), flow: nth, method, isRight: fc.constant(true) },
    remember: fc.boolean(),
  }),
  fc.record({ do: fc.constant('wait') }),
  fc.record({ do: fc.constant('forget devices'), session: nth }),
  fc.record({
    do: fc.constantFrom('add app', 'add passkey', 'new codes'),
    session: nth,
  }),
  fc.record({ do: fc.constant('refresh'), session: nth }),
  fc.record({ do: fc.constantFrom('remove app', 'remove passkey'), session: nth }),
  fc.record({ do: fc.constant('oblige'), level: fc.constantFrom<AuthLevel>(1, 2, 3) }),
  fc.record({ do: fc.constant('reset'), method: fc.option(method, { nil: undefined }) }),
);
type Step = {
  do: string;
  session?: number;
  flow?: number;
  device?: number;
  remember?: boolean;
  method?: Method | undefined;
  isRight?: boolean;
  level?: AuthLevel;
};

/** The members that prove a factor; wrong ones for somebody who guesses. */
async function proofOf(
  model: Model,
  what: Method,
  isRight: boolean,
  askPasskey: () => Promise<Answer>,
): Promise<Record<string, unknown>> {
  if (what === 'totp') {
    server.clock.advance(stepMs); // no code twice
    const secret = model.apps[0]?.secret ?? '';
    return { code: shownCode(server, secret, isRight ? 0 : 900) };
  }
  if (what === 'recovery_code') {
    return { recovery_code: isRight ? model.codes[0] : '1-0000-0000-0000-0000' };
  }
  const { body } = await askPasskey();
  const device = isRight ? model.passkeys[0]?.device : undefined;
  const credential = device?.get(body) ?? { id: 'AAAA', type: 'public-key', response: {} };
  return { credential };
}

function spend(model: Model, what: Method): void {
  if (what === 'recovery_code') model.codes.shift();
}

/** A first proof was right: a session begins, or a flow. */
function expectOpened(model: Model, answer: Answer, proof: 'pwd' | 'otp', device?: string): void {
  const due = model.dueLevel();
  if (model.level === 1 && due > 1) {
    expect(answer.body.code).toBe('second_factor_enrolment_required');
    return;
  }
  if (model.level === 1) {
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    model.start(answer, 1, false);
    return;
  }
  if (due < 3 && model.isRemembered(device)) {
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    model.start(answer, 1, false, device);
    return;
  }
  expect(answer.body).toMatchObject({
    ...{ code: 'second_factor_required', remember_for: due < 3 ? rememberSeconds : 0 },
  });
  const isEnough = (m: Method) => due < 3 || model.level < 3 || m === 'passkey';
  const asked = methods.filter((m) => model.has(m) && isEnough(m));
  expect([...answer.body.methods].sort()).toEqual(asked.toSorted());
  model.flows.push({ flow: answer.body.flow, proof, tries: 5 });
}

type Act = (model: Model, step: Step) => Promise<void>;

const acts: Readonly<Record<string, Act>> = {
  async wait() {
    server.clock.advance(stepMs);
  },
  async 'forget devices'(model, { session: n }) {
    const session = pick(model.sessions, n);
    if (!session) return;
    const token = session.access;
    const { status } = await send('DELETE', '/api/me/trusted-devices/', { token });
    expect(status).toBeLessThan(300);
    model.forgetDevices();
  },
  async 'sign in'(model, { device: n }) {
    const device_token = n === undefined ? undefined : pick(model.devices, n)?.token;
    const json = { email: model.email, password: goodPassword, device_token };
    expectOpened(model, await send('POST', '/api/login/', { json }), 'pwd', device_token);
  },
  async 'sign in by mail'(model, { device: n }) {
    const { email } = model;
    const device_token = n === undefined ? undefined : pick(model.devices, n)?.token;
    const { body } = await send('POST', '/api/login/mail/', { json: { email } });
    const json = { flow: body.flow, code: (await mailTo(server, email)).code, device_token };
    const answer = await send('POST', '/api/login/mail/confirm/', { json });
    expectOpened(model, answer, 'otp', device_token);
  },
  async 'sign in with passkey'(model) {
    const [passkey] = model.passkeys;
    if (!passkey) return;
    const { body } = await send('POST', '/api/login/passkey/options/', { json: {} });
    const json = { credential: passkey.device.get(body) };
    const answer = await send('POST', '/api/login/passkey/', { json });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    model.start(answer, 3, true);
  },
  async answer(model, { flow: n, method: what = 'totp', isRight: wants = true, remember }) {
    const flow = pick(model.flows, n);
    if (!flow) return;
    const isRight = wants && model.has(what);
    const json = { flow: flow.flow };
    const ask = () => send('POST', '/api/login/second-factor/options/', { json });
    const proof = await proofOf(model, what, isRight, ask);
    const sent = { ...json, ...proof, remember };
    const answer = await send('POST', '/api/login/second-factor/', { json: sent });
    const level = what === 'passkey' ? 3 : 2;
    const due = isRight && level < 3 ? model.dueLevel() : 1;
    // Right, but there is a better one, which has to be shown.
    const isRefused = isRight && level < due && model.level >= due;
    if (!isRight || isRefused) {
      flow.tries -= 1;
      const over = flow.tries === 0;
      const code = what === 'passkey' ? 'invalid_passkey' : 'invalid_code';
      expect(answer.body).toMatchObject(
        over ? { code: 'flow_expired' } : { code, tries_left: flow.tries },
      );
    } else {
      spend(model, what);
      if (level < due) {
        expect(answer.body.code).toBe('second_factor_enrolment_required');
      } else {
        expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
        const { device_token: token } = answer.body;
        expect(typeof token).toBe(remember ? 'string' : 'undefined');
        if (remember) model.devices.push({ token, isRemembered: true });
        model.start(answer, level, true, token);
      }
    }
    if ((isRight && !isRefused) || flow.tries === 0)
      model.flows = model.flows.filter((other) => other !== flow);
  },
  async 'add app'(model, { session: n }) {
    const session = pick(model.sessions, n);
    if (!session || model.apps.length === 5) return;
    const token = session.access;
    if (!model.mayChange(session)) {
      const json = { kind: 'totp', name: 'x' };
      const { body } = await send('POST', '/api/me/factors/', { token, json });
      expect(body.code).toBe('insufficient_user_authentication');
      return;
    }
    const isFirst = model.level === 1;
    const { id, secret, recoveryCodes } = await addApp(server, { access_token: token });
    expect(recoveryCodes?.length ?? 0).toBe(isFirst ? 10 : 0);
    model.apps.push({ id, secret });
    if (isFirst) model.codes = [...recoveryCodes];
    if (session.level === 1) session.level = 2;
    session.hasShown = true;
  },
  async 'add passkey'(model, { session: n }) {
    const session = pick(model.sessions, n);
    if (!session || model.passkeys.length === 5) return;
    const token = session.access;
    if (!model.mayChange(session)) {
      const { body } = await send('POST', '/api/me/passkeys/options/', { token, json: {} });
      expect(body.code).toBe('insufficient_user_authentication');
      return;
    }
    const isFirst = model.level === 1;
    const device = newAuthenticator();
    const { body } = await addPasskey(server, token, device);
    model.passkeys.push({ id: body.id, device });
    if (isFirst) model.codes = body.recovery_codes;
    session.level = 3;
    session.hasShown = true;
  },
  'remove app': (model, { session }) => remove(model, 'apps', session),
  'remove passkey': (model, { session }) => remove(model, 'passkeys', session),
  async 'new codes'(model, { session: n }) {
    const session = pick(model.sessions, n);
    if (!session) return;
    const path = '/api/me/factors/recovery-codes/';
    const { body, status } = await send('POST', path, { token: session.access, json: {} });
    if (model.level === 1) expect(body.code).toBe('no_factor');
    else if (!session.hasShown) expect(body.code).toBe('insufficient_user_authentication');
    else {
      expect(status).toBe(200);
      model.codes = body.recovery_codes;
    }
  },
  async refresh(model, { session: n }) {
    const session = pick(model.sessions, n);
    if (!session) return;
    const json = { refresh_token: session.refresh };
    const { body } = await send('POST', '/api/refresh/', { json });
    const due = session.level < 3 ? model.dueLevel() : 1;
    const isHelped = due === 2 && model.isRemembered(session.device);
    if (session.level < due && !isHelped) {
      expect(body.code).toBe('second_factor_due');
      model.sessions = model.sessions.filter((other) => other !== session);
      return;
    }
    const { acr } = decodeJwt(body.access_token);
    expect(acr).toBe({ 1: 'aal1', 2: 'aal2', 3: 'phr' }[session.level]);
    Object.assign(session, { access: body.access_token, refresh: body.refresh_token });
  },
  async oblige(model, { level = 1 }) {
    const { db } = server.deps.database;
    await db.deleteFrom('user_roles').where('user_id', '=', model.userId).execute();
    const role_id = roleIds.get(level);
    if (role_id) {
      await db.insertInto('user_roles').values({ user_id: model.userId, role_id }).execute();
    }
    model.required = level;
  },
  async reset(model, { method: what }) {
    const { flow, code } = await mailedCode(server, model.email);
    const sent = { flow, code };
    const ask = () => send('POST', '/api/password-reset/options/', { json: sent });
    const proves = what !== undefined && model.has(what);
    const proof = proves ? await proofOf(model, what, true, ask) : undefined;
    const json = { ...sent, password: goodPassword, ...(proof && { second_factor: proof }) };
    const answer = await send('POST', '/api/password-reset/confirm/', { json });
    if (model.level > 1 && !proves) {
      expect(answer.body.code).toBe('second_factor_required');
      return;
    }
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    if (proves) spend(model, what);
    model.sessions = [];
    model.flows = [];
    model.forgetDevices();
  },
};

async function remove(model: Model, list: 'apps' | 'passkeys', n?: number): Promise<void> {
  const session = pick(model.sessions, n);
  const factor = model[list].at(-1);
  if (!session || !factor) return;
  const path = `/api/me/${list === 'apps' ? 'factors' : 'passkeys'}/${factor.id}/`;
  const answer = await send('DELETE', path, { token: session.access, json: {} });
  if (!session.hasShown) {
    expect(answer.body.code).toBe('insufficient_user_authentication');
    return;
  }
  const before = model.level;
  model[list].pop();
  // Who has less than is required removes what makes no difference to that.
  if (model.level < Math.min(model.required, before)) {
    expect(answer.body.code).toBe('factor_required');
    model[list].push(factor as never);
    return;
  }
  expect(answer.status, answer.text).toBeLessThan(300);
  model.afterRemoval();
}

/** What the database has, held against the model. */
async function compare(model: Model): Promise<void> {
  const { db } = server.deps.database;
  const user = await db
    .selectFrom('users')
    .select(['factor_level', 'factor_due_at_ms'])
    .where('id', '=', model.userId)
    .executeTakeFirstOrThrow();
  const { factor_level, factor_due_at_ms: dueAtMs } = user;
  expect([factor_level, dueAtMs === null]).toEqual([model.level, model.dueAtMs === null]);
  model.storedDueAtMs ??= dueAtMs; // it is given once
  expect(dueAtMs).toBe(model.storedDueAtMs);
  const sessions = await liveSessions(server, model.userId);
  expect(sessions.map(({ auth_level }) => auth_level)).toEqual(
    model.sessions.map(({ level }) => level),
  );
  const codes = await db
    .selectFrom('recovery_codes')
    .select('id')
    .where('user_id', '=', model.userId)
    .execute();
  expect(codes).toHaveLength(model.codes.length);
}

/** How it begins: with an app, and perhaps on a remembered device. */
const beginning = fc.record({
  dueAtMs: fc.constantFrom(null, 1),
  hasDevice: fc.boolean(),
  level: fc.constantFrom<AuthLevel>(1, 2, 3),
});

test('factors and doors go by the rules, whatever somebody does', async () => {
  const { db } = server.deps.database;
  const steps = fc.array(step, { minLength: 4, maxLength: 16 });
  await fc.assert(
    fc.asyncProperty(beginning, steps, async ({ dueAtMs, hasDevice, level }, steps) => {
      const model = new Model(await server.signUp(), dueAtMs, () => server.clock.nowMs());
      const proven = { email_verified_at_ms: 1, factor_due_at_ms: dueAtMs };
      await db.updateTable('users').set(proven).where('id', '=', model.userId).execute();
      const onDevice: Step[] = [
        { do: 'sign in' },
        { do: 'answer', remember: true },
        { do: 'sign in', device: 0 },
        { do: 'oblige', level },
        { do: 'refresh', session: 2 },
      ];
      const first: Step[] = hasDevice ? onDevice : [{ do: 'oblige', level }];
      for (const does of [{ do: 'add app' }, ...first, ...(steps as Step[])]) {
        await acts[does.do]?.(model, does);
        await compare(model);
      }
    }),
    { numRuns: runs(25) },
  );
});
