import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../../test/eventually.ts';
import { goodPassword, startServer, type TestServer } from '../../../../../test/harness.ts';
import { flag, newSecurityKey } from '../../../../../test/security-key.ts';
import { addPasskey, newAuthenticator, signInWithPasskey } from '../../../../../test/webauthn.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    publicUrl: 'http://localhost:8000/',
    pinned: { ACCESS_TOKEN_LIFETIME: 3_600, SITE_NAME: 'Example' },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const rows = () => server.deps.database.db;
const begin = (token: string, json: object = {}) =>
  server.send('POST', '/api/me/passkeys/options/', { token, json });
const add = (token: string, json: object) =>
  server.send('POST', '/api/me/passkeys/', { token, json });
const list = async (token: string) =>
  (await server.send('GET', '/api/me/passkeys/', { token })).body;
const refused = (reason: string) => ({ code: 'invalid_passkey', status: 400, reason });
const levelOf = async (id: number) =>
  (
    await rows()
      .selectFrom('users')
      .select('factor_level')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).factor_level;

test('a first passkey comes with recovery codes, is listed, named and removed', async () => {
  const user = await server.signUp();
  const { access_token: token } = user;
  expect(await list(token)).toEqual({ passkeys: [], signal: null });
  const authenticator = newAuthenticator();
  const added = await addPasskey(server, token, authenticator);
  const { id } = added.body;
  expect(added.headers.get('location')).toBe(`../../../api/me/passkeys/${id}/`);
  expect(added.headers.get('cache-control')).toBe('no-store');
  expect(added.body.name).toBe('Passkey');
  expect(added.body.recovery_codes).toHaveLength(10);
  expect(await levelOf(user.id)).toBe(3);

  const renamed = await server.send('PATCH', `/api/me/passkeys/${id}/`, {
    token,
    json: { name: ' Laptop ' },
  });
  expect(renamed.status).toBe(204);
  const { passkeys, signal } = await list(token);
  expect(passkeys).toEqual([
    {
      ...{ id, name: 'Laptop', provider: null, created_at: expect.any(String) },
      ...{ last_used_at: null, is_backed_up: true, signs_in_alone: true, is_usable: true },
    },
  ]);
  expect(signal).toEqual({
    ...{ rp_id: 'localhost', user_id: expect.stringMatching(/^[\w-]{43}$/) },
    ...{ name: user.email, display_name: user.email },
    credential_ids: [expect.stringMatching(/^[\w-]{16,}$/)],
  });
  const factors = await server.send('GET', '/api/me/factors/', { token });
  expect(factors.body.passkeys).toMatchObject([{ id, name: 'Laptop' }]);

  const removed = await server.send('DELETE', `/api/me/passkeys/${id}/`, { token, json: {} });
  expect(removed.status).toBe(204);
  expect(await levelOf(user.id)).toBe(1);
  const after = await list(token);
  expect(after.passkeys).toEqual([]);
  expect(after.signal.credential_ids).toEqual([]);
  const again = await server.send('DELETE', `/api/me/passkeys/${id}/`, { token, json: {} });
  expect(again.status).toBe(404);
  const kinds = await rows()
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', user.id)
    .where('kind', 'like', 'factor%')
    .orderBy('id')
    .execute();
  expect(kinds.map(({ kind }) => kind)).toEqual([
    'factor.added',
    'factor.renamed',
    'factor.removed',
  ]);
});

test('who has no password, and is reached by no mail, keeps the passkey that signs them in', async () => {
  await using other = await startServer({ publicUrl: 'http://localhost:8000/', mail: undefined });
  const { id: userId, access_token: token } = await other.signUp();
  const { db } = other.deps.database;
  const one = await addPasskey(other, token, newAuthenticator());
  const two = await addPasskey(other, token, newAuthenticator());
  await db.updateTable('users').set({ password_hash: null }).where('id', '=', userId).execute();
  const remove = async ({ body: { id } }: typeof one) => {
    const { status, body } = await other.send('DELETE', `/api/me/passkeys/${id}/`, {
      ...{ token, json: {} },
    });
    return [status, body?.code];
  };
  expect(await remove(one)).toEqual([204, undefined]);
  expect(await remove(two)).toEqual([409, 'factor_required']);
  expect(await db.selectFrom('passkeys').select('id').execute()).toEqual([{ id: two.body.id }]);
  const json = { new_password: 'a quite new horse' };
  expect((await other.send('POST', '/api/me/password/', { token, json })).status).toBe(200);
  expect(await remove(two)).toEqual([204, undefined]);
});

test('the options name the site, the user by a random handle, and the passkeys that they have', async () => {
  const { access_token: token, email, id } = await server.signUp();
  const { body } = await begin(token);
  const handle = body.public_key.user.id;
  expect(body).toEqual({
    public_key: {
      rp: { id: 'localhost', name: 'Example' },
      user: { id: expect.stringMatching(/^[\w-]{43}$/), name: email, displayName: email },
      challenge: expect.stringMatching(/^[\w-]{70}$/),
      pubKeyCredParams: [-8, -7, -257].map((alg) => ({ alg, type: 'public-key' })),
      timeout: 600_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
      attestation: 'none',
      extensions: { credProps: true },
    },
    expires_in: 600,
  });
  await server.send('PATCH', '/api/me/', { token, json: { username: `ada${id}` } });
  await addPasskey(server, token, newAuthenticator());
  const { public_key } = (await begin(token)).body;
  expect(public_key.user).toEqual({ id: handle, name: email, displayName: `ada${id}` });
  expect(public_key.excludeCredentials).toEqual([
    { id: expect.any(String), type: 'public-key', transports: ['usb'] },
  ]);
});

test('of 64 answers at once, one adds the passkey', async () => {
  const { access_token: token } = await server.signUp();
  const credential = newAuthenticator().create((await begin(token)).body);
  const answers = await Promise.all(Array.from({ length: 64 }, () => add(token, { credential })));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ body }) => body.reason === 'used')).toHaveLength(63);
  expect((await list(token)).passkeys).toHaveLength(1);
});

test('a key that does not verify its user is a second factor, until it does', async () => {
  const user = await server.signUp();
  const key = newSecurityKey({ flags: flag.present });
  const { body } = await addPasskey(server, user.access_token, key);
  expect(body.name).toBe('Passkey');
  expect(await levelOf(user.id)).toBe(2);
  expect((await list(user.access_token)).passkeys[0].signs_in_alone).toBe(false);
  key.state.flags = flag.present | flag.verified; // its user has set a PIN
  const answer = await signInWithPasskey(server, key);
  expect(decodeJwt(answer.body.access_token)).toMatchObject({ acr: 'phr' });
  expect(await levelOf(user.id)).toBe(3);
});

test('a passkey that exists cannot be added to another account', async () => {
  const [one, two] = [await server.signUp(), await server.signUp()];
  const key = newSecurityKey();
  await addPasskey(server, one.access_token, key);
  const credential = key.create((await begin(two.access_token)).body);
  const answer = await add(two.access_token, { credential });
  expect(answer.body).toMatchObject(refused('already_added'));
  expect(await levelOf(two.id)).toBe(1);
});

test('an answer to the options of another user is refused', async () => {
  const [one, two] = [await server.signUp(), await server.signUp()];
  const credential = newAuthenticator().create((await begin(one.access_token)).body);
  expect((await add(two.access_token, { credential })).body).toMatchObject(
    refused('other_request'),
  );
});

test('an account has at most twenty passkeys', async () => {
  const { access_token: token } = await server.signUp();
  const { body: last } = await begin(token);
  for (let n = 0; n < 20; n += 1) await addPasskey(server, token, newSecurityKey());
  const answer = await begin(token);
  expect(answer.body).toMatchObject({ status: 409, code: 'too_many_factors' });
  expect(answer.body.detail).toContain('passkeys');
  const credential = newSecurityKey().create(last);
  expect((await add(token, { credential })).body).toMatchObject({ code: 'too_many_factors' });
});

test('the name of a provider names its passkeys', async () => {
  const { access_token: token } = await server.signUp();
  const aaguid = new Uint8Array(Buffer.from('bada5566a7aa401fbd9645619a55120d', 'hex'));
  const { body } = await addPasskey(server, token, newAuthenticator({ aaguid }));
  expect(body.name).toBe('1Password');
  expect((await list(token)).passkeys[0].provider).toBe('1Password');
});

describe('a passkey that is made without asking', () => {
  test('needs nobody to be there, and is offered once a month', async () => {
    const { access_token: token, email } = await server.signUp();
    const begun = await begin(token, { is_upgrade: true });
    const key = newSecurityKey({ flags: 0 });
    expect((await add(token, { credential: key.create(begun.body) })).status).toBe(201);
    const own = await list(token);
    await server.send('DELETE', `/api/me/passkeys/${own.passkeys[0].id}/`, { token, json: {} });
    const soon = await begin(token, { is_upgrade: true });
    expect(soon.body).toMatchObject({ status: 409, code: 'passkey_upgrade_not_due' });
    server.clock.advance(30 * 86_400_000);
    const later = await server.send('POST', '/api/login/', {
      json: { email, password: goodPassword },
    });
    const stale = await begin(later.body.access_token, { is_upgrade: true });
    expect(stale.status).toBe(200);
  });

  test('is offered after a sign-in with the password alone', async () => {
    const { access_token: token, id } = await server.signUp();
    await rows().updateTable('sessions').set({ amr: 'otp' }).where('user_id', '=', id).execute();
    const answer = await begin(token, { is_upgrade: true });
    expect(answer.body).toMatchObject({ status: 409, code: 'passkey_upgrade_not_due' });
    await rows().updateTable('sessions').set({ amr: 'pwd' }).where('user_id', '=', id).execute();
    expect((await begin(token, { is_upgrade: true })).status).toBe(200);
  });

  test('lets the password sign in as before, until the user adds a factor', async () => {
    const { access_token: token, email, id } = await server.signUp();
    const key = newSecurityKey({ flags: 0 });
    const credential = key.create((await begin(token, { is_upgrade: true })).body);
    const added = await add(token, { credential });
    expect(added.body.recovery_codes).toEqual([]);
    expect(await levelOf(id)).toBe(1);
    const login = () =>
      server.send('POST', '/api/login/', { json: { email, password: goodPassword } });
    const again = await login();
    expect(again.status).toBe(200);
    expect(decodeJwt(again.body.access_token).acr).toBe('aal1');
    key.state.flags = flag.present | flag.verified;
    const alone = await signInWithPasskey(server, key);
    expect(decodeJwt(alone.body.access_token).acr).toBe('phr');
    expect((await login()).status).toBe(200);

    const { body } = await addPasskey(server, again.body.access_token, newSecurityKey());
    expect(body.recovery_codes).toHaveLength(10);
    expect(await levelOf(id)).toBe(3);
    expect((await login()).body.code).toBe('second_factor_required');
  });

  test('is offered to nobody who has one', async () => {
    const { access_token: token } = await server.signUp();
    await addPasskey(server, token, newAuthenticator());
    const answer = await begin(token, { is_upgrade: true });
    expect(answer.body).toMatchObject({ status: 409, code: 'passkey_upgrade_not_due' });
  });

  test('does not replace presence if the user was asked', async () => {
    const { access_token: token } = await server.signUp();
    const key = newSecurityKey({ flags: 0 });
    const credential = key.create((await begin(token)).body);
    expect((await add(token, { credential })).body).toMatchObject(refused('not_present'));
  });
});

test('what is wrong with the answer is said, and recorded', async () => {
  const { access_token: token, id } = await server.signUp();
  const authenticator = newAuthenticator();
  const made = async () => authenticator.create((await begin(token)).body);
  const one = await made();
  expect((await add(token, { credential: { ...one, id: 'AAAA' } })).body).toMatchObject(
    refused('malformed'),
  );
  for (const [member, value, reason] of [
    ['attestationObject', 'AAAA', 'malformed'],
    ['attestationObject', 'x'.repeat(70_000), 'malformed'],
    ['attestationObject', undefined, 'malformed'],
    ['clientDataJSON', 'AAAA', 'malformed'],
    ['clientDataJSON', Buffer.from('null').toString('base64url'), 'malformed'],
    [
      'clientDataJSON',
      Buffer.from('{"type":"webauthn.create"}').toString('base64url'),
      'malformed',
    ],
  ] as const) {
    const credential = { ...one, response: { ...one.response, [member]: value } };
    expect([member, (await add(token, { credential })).body]).toMatchObject([
      member,
      refused(reason),
    ]);
  }
  const site = newSecurityKey({ rpId: 'evil.dev' }).create((await begin(token)).body);
  expect((await add(token, { credential: site })).body).toMatchObject(refused('wrong_site'));
  const page = newSecurityKey({ origin: 'https://evil.dev' }).create((await begin(token)).body);
  expect((await add(token, { credential: page })).body).toMatchObject(refused('wrong_origin'));
  server.clock.advance(601_000);
  expect((await add(token, { credential: one })).body).toMatchObject(refused('expired'));
  await eventually(async () => {
    const events = await rows()
      .selectFrom('audit_events')
      .select(['details', 'actor_id'])
      .where('kind', '=', 'factor.failed')
      .where('user_id', '=', id)
      .execute();
    const attempts = events.map(({ details }) => JSON.parse(details));
    expect(attempts.reduce((sum, event) => sum + event.attempts, 0)).toBe(10);
    expect(new Set(attempts.map(({ factor }) => factor))).toEqual(new Set(['passkey']));
    expect(new Set(events.map(({ actor_id }) => actor_id))).toEqual(new Set([id]));
  });
});

test('adding and removing need recent authentication', async () => {
  const { access_token: token } = await server.signUp();
  server.clock.advance(1_000_000);
  for (const answer of [
    await begin(token),
    await add(token, {}),
    await server.send('PATCH', '/api/me/passkeys/1/', { token, json: {} }),
    await server.send('DELETE', '/api/me/passkeys/1/', { token, json: {} }),
  ]) {
    expect(answer.body).toMatchObject({ code: 'insufficient_user_authentication' });
  }
});

test('a passkey that is added ends the other sessions if the user asks for it', async () => {
  const { access_token: token, refresh_token, email } = await server.signUp();
  const other = await server.send('POST', '/api/login/', {
    json: { email, password: goodPassword },
  });
  const credential = newAuthenticator().create((await begin(token)).body);
  const answer = await add(token, { credential, name: 'Phone', end_other_sessions: true });
  expect(answer.body).toMatchObject({ name: 'Phone' });
  const refresh = (refresh_token: string) =>
    server.send('POST', '/api/refresh/', { json: { refresh_token } });
  expect((await refresh(other.body.refresh_token)).body.code).toBe('session_revoked');
  expect((await refresh(refresh_token)).status).toBe(200);
});

test('well-known places say which sites share the passkeys, and where to manage them', async () => {
  await using other = await startServer({
    publicUrl: 'https://example.com/auth/',
    relyingParty: {
      id: 'example.com',
      origins: ['https://example.com', 'https://app.example.dev', 'android:apk-key-hash:x'],
    },
  });
  const origins = await other.send('GET', '/.well-known/webauthn');
  expect(origins.body).toEqual({ origins: ['https://example.com', 'https://app.example.dev'] });
  expect(origins.headers.get('content-type')).toContain('application/json');
  const pages = await other.send('GET', '/.well-known/passkey-endpoints');
  const url = 'https://example.com/auth/account/security/';
  expect(pages.body).toEqual({ enroll: url, manage: url });
});
