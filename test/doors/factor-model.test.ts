import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuthLevel } from '../../src/lib/auth-level.ts';
import { addApp, shownCode } from '../authenticator.ts';
import { type Answer, goodPassword, startServer } from '../harness.ts';
import { runs } from '../long.ts';
import { mailedCode, mailTo } from '../mailed-codes.ts';
import { type Authenticator, addPasskey, newAuthenticator } from '../webauthn.ts';
import { liveSessions } from './people.ts';

/**
 * Somebody adds and removes factors, signs in by every door, answers or does not, resets the password, and is obliged to
 * more or less, in any order. Each request ends as a simple model says, which knows nothing of how the server does it.
 */

const server = await startServer({
  pinned: {
    ...{ MAIL_SIGN_IN: true, RATE_LIMITS_ENABLED: false },
    ...{ ACCESS_TOKEN_LIFETIME: 3_600, REAUTHENTICATION_AGE: 3_600 },
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
const methods = ['totp', 'recovery_code', 'passkey'] as const;
type Method = (typeof methods)[number];
const method = fc.constantFrom(...methods);
const step = fc.oneof(
  fc.record({ do: fc.constantFrom('sign in', 'sign in by mail', 'sign in with passkey') }),
  fc.record({ do: fc.constant('answer'), flow: nth, method, isRight: fc.boolean() }),
  fc.record({ do: fc.constant('answer'), flow: nth, method, isRight: fc.constant(true) }),
  fc.record({
    do: fc.constantFrom('add app', 'add passkey', 'new codes', 'refresh'),
    session: nth,
  }),
  fc.record({ do: fc.constantFrom('remove app', 'remove passkey'), session: nth }),
  fc.record({ do: fc.constant('oblige'), level: fc.constantFrom<AuthLevel>(1, 2, 3) }),
  fc.record({ do: fc.constant('reset'), method: fc.option(method, { nil: undefined }) }),
);
type Step = {
  do: string;
  session?: number;
  flow?: number;
  method?: Method | undefined;
  isRight?: boolean;
  level?: AuthLevel;
};

interface Session {
  access: string;
  refresh: string;
  level: AuthLevel;
  /** Whether a factor was shown in it. */
  hasShown: boolean;
}

/** The account of one user as it should be. */
class Model {
  readonly userId: number;
  readonly email: string;
  apps: { id: number; secret: string }[] = [];
  passkeys: { id: number; device: Authenticator }[] = [];
  codes: string[] = [];
  /** What they are obliged to, at once. */
  required: AuthLevel = 1;
  sessions: Session[];
  flows: { flow: string; proof: 'pwd' | 'otp'; tries: number }[] = [];

  constructor(user: { id: number; email: string; access_token: string; refresh_token: string }) {
    this.userId = user.id;
    this.email = user.email;
    const { access_token: access, refresh_token: refresh } = user;
    this.sessions = [{ access, refresh, level: 1, hasShown: false }];
  }

  get level(): AuthLevel {
    if (this.passkeys.length > 0) return 3;
    return this.apps.length > 0 ? 2 : 1;
  }

  has(what: Method): boolean {
    const list = { totp: this.apps, recovery_code: this.codes, passkey: this.passkeys }[what];
    return list.length > 0;
  }

  /** Whether a session may change factors. */
  mayChange({ hasShown }: Session): boolean {
    return this.level === 1 || hasShown;
  }

  start({ body }: Answer, level: AuthLevel, hasShown: boolean): void {
    const { access_token: access, refresh_token: refresh } = body;
    this.sessions.push({ access, refresh, level, hasShown });
  }

  afterRemoval(): void {
    if (this.level === 1) this.codes = [];
  }
}

const pick = <T>(list: readonly T[], n = 0): T | undefined => list[n % Math.max(1, list.length)];

/** The members that prove a factor; wrong ones for somebody who guesses. */
async function proofOf(
  model: Model,
  what: Method,
  isRight: boolean,
  askPasskey: () => Promise<Answer>,
): Promise<Record<string, unknown>> {
  if (what === 'totp') {
    server.clock.advance(30_000); // no code twice
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
function expectOpened(model: Model, answer: Answer, proof: 'pwd' | 'otp'): void {
  if (model.level === 1 && model.required > 1) {
    expect(answer.body.code).toBe('second_factor_enrolment_required');
    return;
  }
  if (model.level === 1) {
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    model.start(answer, 1, false);
    return;
  }
  expect(answer.body.code).toBe('second_factor_required');
  const isEnough = (m: Method) => model.required < 3 || model.level < 3 || m === 'passkey';
  const asked = methods.filter((m) => model.has(m) && isEnough(m));
  expect([...answer.body.methods].sort()).toEqual(asked.toSorted());
  model.flows.push({ flow: answer.body.flow, proof, tries: 5 });
}

type Act = (model: Model, step: Step) => Promise<void>;

const acts: Readonly<Record<string, Act>> = {
  async 'sign in'(model) {
    const json = { email: model.email, password: goodPassword };
    expectOpened(model, await send('POST', '/api/login/', { json }), 'pwd');
  },
  async 'sign in by mail'(model) {
    const { email } = model;
    const { body } = await send('POST', '/api/login/mail/', { json: { email } });
    const json = { flow: body.flow, code: (await mailTo(server, email)).code };
    expectOpened(model, await send('POST', '/api/login/mail/confirm/', { json }), 'otp');
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
  async answer(model, { flow: n, method: what = 'totp', isRight: wants = true }) {
    const flow = pick(model.flows, n);
    if (!flow) return;
    const isRight = wants && model.has(what);
    const json = { flow: flow.flow };
    const ask = () => send('POST', '/api/login/second-factor/options/', { json });
    const proof = await proofOf(model, what, isRight, ask);
    const answer = await send('POST', '/api/login/second-factor/', { json: { ...json, ...proof } });
    const level = what === 'passkey' ? 3 : 2;
    // Right, but there is a better one, which has to be shown.
    const isRefused = isRight && level < model.required && model.level >= model.required;
    if (!isRight || isRefused) {
      flow.tries -= 1;
      const over = flow.tries === 0;
      const code = what === 'passkey' ? 'invalid_passkey' : 'invalid_code';
      expect(answer.body).toMatchObject(
        over ? { code: 'flow_expired' } : { code, tries_left: flow.tries },
      );
    } else {
      spend(model, what);
      if (level < model.required) {
        expect(answer.body.code).toBe('second_factor_enrolment_required');
      } else {
        expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
        model.start(answer, level, true);
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
    if (session.level < model.required) {
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
    .select('factor_level')
    .where('id', '=', model.userId)
    .executeTakeFirst();
  expect(user).toEqual({ factor_level: model.level });
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

test('factors and doors go by the rules, whatever somebody does', async () => {
  const { db } = server.deps.database;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
      const model = new Model(await server.signUp());
      const proven = { email_verified_at_ms: 1, factor_due_at_ms: 1 };
      await db.updateTable('users').set(proven).where('id', '=', model.userId).execute();
      await acts['add app']?.(model, { do: 'add app', session: 0 });
      for (const does of steps) {
        await acts[does.do]?.(model, does as Step);
        await compare(model);
      }
    }),
    { numRuns: runs(25) },
  );
});
