import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { addApp, shownCode } from '../../../../test/authenticator.ts';
import {
  createTestDatabase,
  goodPassword,
  type SignedUp,
  startServer,
  type TestServer,
} from '../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';
import { addPasskey, newAuthenticator } from '../../../../test/webauthn.ts';

/** A server that was moved to another domain, or to an IP: it cannot check the passkeys of before, and asks for none. */

const what = ['app and passkey', 'passkey', 'passkey, and no recovery code'] as const;
type What = (typeof what)[number];
type User = SignedUp & { readonly secret?: string; readonly session: string };
const usable: Readonly<Record<What, readonly string[]>> = {
  'app and passkey': ['totp', 'recovery_code'],
  passkey: ['recovery_code'],
  'passkey, and no recovery code': [],
};

const elsewhere = 'https://elsewhere.example.org/';
const publicUrls = ['https://192.0.2.1/', elsewhere] as const;

describe.each(publicUrls)('at %s', (publicUrl) => {
  let stack: AsyncDisposableStack;
  let server: TestServer;
  const users = new Map<What, User>();
  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const before = stack.use(await startServer({ database }));
    for (const has of what) {
      const user = await before.signUp();
      const browser = createVisitor(before);
      await browser.signIn(user.email);
      const session = browser.cookies.get('latchkey_account') ?? '';
      const app = has.startsWith('app') ? await addApp(before, user) : undefined;
      await addPasskey(before, user.access_token, newAuthenticator());
      users.set(has, { ...user, session, ...(app && { secret: app.secret }) });
    }
    const { db } = before.deps.database;
    await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute();
    const { id } = userWith('passkey, and no recovery code');
    await db.deleteFrom('recovery_codes').where('user_id', '=', id).execute();
    server = stack.use(await startServer({ database, publicUrl }));
    server.clock.advance(60_000); // a code of now was not used
  });
  afterAll(() => stack.disposeAsync());

  function userWith(has: What): User {
    const user = users.get(has);
    if (!user) throw new Error(`Nobody has ${has}.`);
    return user;
  }

  /** The error names what can be checked; where nothing can, it says what the administrator has to do. */
  function expectMethods(body: { methods?: unknown; error?: unknown }, has: What): void {
    expect(body.methods).toEqual(usable[has]);
    const text = 'LATCHKEY_PASSKEY_RP_ID';
    expect(String(body.error).includes(text)).toBe(usable[has].length === 0);
  }

  test.each(what)('the sign-in of a user with %s names what can be checked', async (has) => {
    const { email, secret } = userWith(has);
    const json = { email, password: goodPassword };
    const { body } = await server.send('POST', '/api/login/', { json });
    expect(body.code).toBe('second_factor_required');
    expectMethods(body, has);
    if (secret === undefined) return;
    const shown = { flow: body.flow, code: shownCode(server, secret) };
    const done = await server.send('POST', '/api/login/second-factor/', { json: shown });
    expect(done.status).toBe(200);
  });

  test.each(what)('the reset of a user with %s names the same', async (has) => {
    const { email } = userWith(has);
    const json = { ...(await mailedCode(server, email)), password: goodPassword };
    const { body } = await server.send('POST', '/api/password-reset/confirm/', { json });
    expect(body.code).toBe('second_factor_required');
    expectMethods(body, has);
  });

  test.each(what)('the pages show a user with %s what can be checked', async (has) => {
    const { email } = userWith(has);
    const step = createVisitor(server);
    const second = await step.submit('/account/sign-in/', { email, password: goodPassword });
    expect([second.status, second.path]).toEqual([200, '/account/sign-in/second-factor/']);
    const browser = createVisitor(server);
    const { path } = await browser.submit('/account/forgot/', { email });
    const { code } = await mailTo(server, email);
    const reset = await browser.post(path, { code });
    expect(reset.status).toBe(200);
    const isNone = usable[has].length === 0;
    for (const page of [second, reset]) {
      expect(page.text).not.toContain('data-passkey=');
      expect(textOf(page).includes('cannot check your passkeys any more')).toBe(isNone);
    }
    expect(second.text.includes('name="code"')).toBe(usable[has].includes('totp'));
    expect(reset.text.includes('name="factor_code"')).toBe(usable[has].includes('totp'));
    expect(reset.text.includes('name="recovery_code"')).toBe(!isNone);
    // Where a recovery code is all that is left, its form is there at once, and no link to a page with nothing on it.
    const isLast = usable[has].join() === 'recovery_code';
    expect(second.text.includes('name="recovery_code"')).toBe(isLast);
    expect(textOf(second).includes('Use a recovery code')).toBe(usable[has].includes('totp'));
    expect(textOf(second)).not.toContain('Use a passkey');
  });

  test.each(what)('the page that asks a user with %s again shows the same', async (has) => {
    const cookie = { value: userWith(has).session, path: '/' };
    const browser = createVisitor(server, {}, [['__Host-latchkey_account', cookie]]);
    const page = await browser.get('/account/confirm/');
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('data-passkey="');
    expect(page.text.includes('name="code"')).toBe(usable[has].includes('totp'));
    const text = textOf(page);
    expect(text.includes('cannot check your passkeys any more')).toBe(has !== 'app and passkey');
    expect(text.includes('sign in again with a recovery code')).toBe(has === 'passkey');
    expect(text.includes('Ask its operator')).toBe(usable[has].length === 0);
  });
});

test('what a user has says which passkeys can be used here', async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const before = stack.use(await startServer({ database }));
  const { access_token: token } = await before.signUp();
  const { id, access_token: admin } = await before.signUpAdmin('superuser');
  for (const one of [token, admin]) await addPasskey(before, one, newAuthenticator());
  const server = stack.use(await startServer({ database, publicUrl: elsewhere }));
  const own = newAuthenticator();
  const asked = await server.send('POST', '/api/me/passkeys/options/', { token });
  const credential = own.create(asked.body, new URL(elsewhere).origin);
  await server.send('POST', '/api/me/passkeys/', { token, json: { credential } });
  const listOf = async (at: TestServer, path: string, of: string) =>
    (await at.send('GET', path, { token: of })).body.passkeys.map(
      (passkey: { is_usable: boolean }) => passkey.is_usable,
    );
  for (const path of ['/api/me/factors/', '/api/me/passkeys/']) {
    expect(await listOf(before, path, token)).toEqual([true, false]);
    expect(await listOf(server, path, token)).toEqual([false, true]);
  }
  const path = `/api/admin/users/${id}/factors/`;
  expect(await listOf(before, path, admin)).toEqual([true]);
  expect(await listOf(server, path, admin)).toEqual([false]);
  const { body } = await server.send('GET', '/api/me/export/', { token });
  expect(body.factors.passkeys).toMatchObject([{ is_usable: false }, { is_usable: true }]);
});

interface Move {
  readonly before: TestServer;
  readonly server: TestServer;
  /** It requires a passkey. */
  readonly roleId: number;
}

/** A server that is moved, and asks for the second factor at once. */
async function move(stack: AsyncDisposableStack, publicUrl: string): Promise<Move> {
  const database = stack.use(await createTestDatabase());
  const before = stack.use(await startServer({ database }));
  const role = {
    name: 'operators',
    required_level: 3,
    created_at_ms: 1,
    updated_at_ms: 1,
  } as const;
  const { id: roleId } = await before.deps.database.db
    .insertInto('roles')
    .values(role)
    .returning('id')
    .executeTakeFirstOrThrow();
  const pinned = { SECOND_FACTOR_GRACE_PERIOD: 0 };
  const server = stack.use(await startServer({ database, publicUrl, pinned }));
  server.clock.advance(60_000);
  return { before, server, roleId };
}

/** A user who had an app and a passkey before the move, and has a role that requires a passkey by now. */
async function movedUser({ before, server, roleId }: Move) {
  const user = await before.signUp();
  const { secret, recoveryCodes: codes } = await addApp(before, user);
  await addPasskey(before, user.access_token, newAuthenticator());
  const { db } = before.deps.database;
  await db.insertInto('user_roles').values({ user_id: user.id, role_id: roleId }).execute();
  const { id, email } = user;
  const login = { json: { email, password: goodPassword } };
  return {
    ...{ id, email, codes },
    signIn: async () => (await server.send('POST', '/api/login/', login)).body,
    show: (flow: string, factor: object) =>
      server.send('POST', '/api/login/second-factor/', { json: { flow, ...factor } }),
    /** Of an app a code is good once. */
    nextCode() {
      server.clock.advance(60_000);
      return shownCode(server, secret);
    },
    async kinds() {
      const rows = await db
        .selectFrom('audit_events')
        .select('kind')
        .where('user_id', '=', id)
        .where('kind', 'in', ['factor.added', 'factor.failed', 'recovery_code.used'])
        .orderBy('id')
        .execute();
      return rows.map(({ kind }) => kind);
    },
  };
}

describe.each(publicUrls)('at %s, where a passkey is required', (publicUrl) => {
  const canAdd = publicUrl === elsewhere;
  const stack = new AsyncDisposableStack();
  let moved: Move;
  let server: TestServer;
  beforeAll(async () => {
    moved = await move(stack, publicUrl);
    server = moved.server;
  });
  afterAll(() => stack.disposeAsync());

  test('any factor that works is asked for, and leads to adding a passkey', async () => {
    const { codes, signIn, show, nextCode, kinds } = await movedUser(moved);
    const flows: string[] = [];
    for (const factor of [{ code: nextCode() }, { recovery_code: codes[0] }]) {
      const first = await signIn();
      expect(first).toMatchObject({
        ...{ code: 'second_factor_required', methods: ['totp', 'recovery_code'] },
      });
      const { body } = await show(first.flow, factor);
      expect(body).toMatchObject({
        ...{ status: 401, code: 'second_factor_enrolment_required' },
        ...{ methods: canAdd ? ['passkey'] : [] },
      });
      expect(String(body.error).includes('this server has none')).toBe(!canAdd);
      flows.push(body.flow);
    }
    expect(await kinds()).toEqual(['factor.added', 'factor.added', 'recovery_code.used']);
    if (!canAdd) return;
    const device = newAuthenticator();
    const origin = new URL(publicUrl).origin;
    const path = '/api/login/enrolment/passkey/';
    const sent = [];
    for (const flow of flows) {
      const asked = await server.send('POST', `${path}options/`, { json: { flow } });
      sent.push({ flow, credential: newAuthenticator().create(asked.body, origin) });
    }
    const asked = await server.send('POST', `${path}options/`, { json: { flow: flows[0] } });
    const credential = device.create(asked.body, origin);
    const done = await server.send('POST', path, { json: { flow: flows[0], credential } });
    expect([done.status, decodeJwt(done.body.access_token).acr]).toEqual([200, 'phr']);
    // Who has begun another one does not go on with it.
    const late = await server.send('POST', path, { json: sent[1] });
    expect(late.body.code).toBe('flow_expired');
    const next = await signIn();
    expect(next.methods).toEqual(['passkey']);
    expect((await show(next.flow, { code: nextCode() })).body.code).toBe('invalid_code');
  });

  test('a passkey of here that never verified its user is not enough either', async () => {
    const { id, signIn, show, nextCode } = await movedUser(moved);
    const { db } = server.deps.database;
    const former = db.selectFrom('passkeys').selectAll().where('user_id', '=', id);
    const { id: _, ...passkey } = await former.executeTakeFirstOrThrow();
    const own = { credential_id: 'b3RoZXI', rp_id: new URL(publicUrl).hostname };
    await db
      .insertInto('passkeys')
      .values({ ...passkey, ...own, is_user_verified: 0 })
      .execute();
    const first = await signIn();
    const ofHere = canAdd ? ['passkey'] : [];
    expect(first.methods).toEqual([...ofHere, 'totp', 'recovery_code']);
    const { body } = await show(first.flow, { code: nextCode() });
    expect(body).toMatchObject({ code: 'second_factor_enrolment_required', methods: ofHere });
  });

  test('the pages take the code of the app, and lead there too', async () => {
    const { id, email, nextCode, kinds } = await movedUser(moved);
    const path = '/account/sign-in/second-factor/';
    const form = { email, password: goodPassword };
    const visitor = createVisitor(server);
    const second = await visitor.submit('/account/sign-in/', form);
    expect(second.path).toBe(path);
    expect(second.text).toContain('name="code"');
    expect(second.text).not.toContain('data-passkey=');
    const enrolment = await visitor.submit(path, { code: nextCode() });
    expect([enrolment.status, enrolment.path]).toEqual([200, '/account/sign-in/enrolment/']);
    expect(enrolment.text.includes('data-passkey=')).toBe(canAdd);
    expect(await kinds()).toEqual(['factor.added', 'factor.added']);
    if (!canAdd) return;
    // With a passkey of here, the page shows what the API asks for.
    const { db } = server.deps.database;
    await db
      .updateTable('passkeys')
      .set({ rp_id: new URL(publicUrl).hostname })
      .where('user_id', '=', id)
      .execute();
    const other = await createVisitor(server).submit('/account/sign-in/', form);
    expect(other.path).toBe(path);
    expect(other.text).toContain('data-passkey=');
    expect(other.text).not.toContain('name="code"');
    expect(other.text).not.toContain('by=recovery_code');
  });
});
