import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../../../test/eventually.ts';
import { startServer, type TestServer } from '../../../../test/harness.ts';
import { flag, newSecurityKey } from '../../../../test/security-key.ts';
import {
  type Authenticator,
  addPasskey,
  type CredentialJson,
  newAuthenticator,
  signInWithPasskey,
} from '../../../../test/webauthn.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    publicUrl: 'http://localhost:8000/',
    pinned: { ACCESS_TOKEN_LIFETIME: 3_600 },
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const options = async () =>
  (await server.send('POST', '/api/login/passkey/options/', { json: {} })).body;
const send = (credential: unknown) =>
  server.send('POST', '/api/login/passkey/', { json: { credential } });
const rows = () => server.deps.database.db;

/** A user with a passkey, and its authenticator. */
async function newOwner(params: Parameters<typeof newAuthenticator>[0] = {}) {
  const user = await server.signUp();
  const authenticator = newAuthenticator(params);
  const { body } = await addPasskey(server, user.access_token, authenticator);
  return { ...user, authenticator, passkeyId: body.id as number };
}

/** A user with a security key. */
async function newKeyOwner() {
  const user = await server.signUp();
  const key = newSecurityKey();
  const { body } = await addPasskey(server, user.access_token, key);
  return { ...user, key, passkeyId: body.id as number };
}

const passkeyOf = (id: number) =>
  rows().selectFrom('passkeys').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

const refused = (reason: string) => ({ code: 'invalid_passkey', status: 400, reason });

test('a passkey signs in alone, and the tokens say how', async () => {
  const owner = await newOwner();
  const answer = await signInWithPasskey(server, owner.authenticator);
  expect(answer.status).toBe(200);
  const claims = decodeJwt(answer.body.access_token);
  expect(claims).toMatchObject({
    user_id: owner.id,
    acr: 'phr',
    amr: ['pop', 'user', 'swk', 'mfa'],
  });
  const me = await server.send('GET', '/api/me/', { token: answer.body.access_token });
  expect(me.body).toMatchObject({ id: owner.id, email: owner.email });
  const row = await passkeyOf(owner.passkeyId);
  expect(row.last_used_at_ms).not.toBeNull();
  expect(row.counter).toBe(1);
  const event = await rows()
    .selectFrom('audit_events')
    .select('details')
    .where('kind', '=', 'session.started')
    .where('user_id', '=', owner.id)
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  expect(JSON.parse(event.details ?? '')).toMatchObject({ proof: 'passkey' });
});

test('a key that cannot be copied is said to be of hardware', async () => {
  const { key } = await newKeyOwner();
  const answer = await signInWithPasskey(server, key);
  const claims = decodeJwt(answer.body.access_token);
  expect(claims.amr).toEqual(['pop', 'user', 'hwk', 'mfa']);
});

describe('options', () => {
  test('are the same for everybody but for the challenge, and store nothing', async () => {
    const [one, two] = [await options(), await options()];
    expect(one).toEqual({
      public_key: {
        rpId: 'localhost',
        challenge: expect.stringMatching(/^[\w-]{70}$/),
        timeout: 600_000,
        userVerification: 'required',
        allowCredentials: [],
      },
      expires_in: 600,
    });
    expect(two.public_key.challenge).not.toBe(one.public_key.challenge);
    const before = await rows().selectFrom('spent_challenges').select('hash').execute();
    await options();
    expect(await rows().selectFrom('spent_challenges').select('hash').execute()).toEqual(before);
  });

  test('are not there where the public URL has an IP', async () => {
    await using other = await startServer({ publicUrl: 'https://192.0.2.1/' });
    const answer = await other.send('POST', '/api/login/passkey/options/', { json: {} });
    expect(answer.body).toMatchObject({ status: 503, code: 'passkeys_not_configured' });
    const sent = await other.send('POST', '/api/login/passkey/', { json: { credential: {} } });
    expect(sent.body).toMatchObject({ status: 503, code: 'passkeys_not_configured' });
  });
});

test('an answer of an authenticator works once, also of 64 sent at once', async () => {
  const { authenticator } = await newOwner();
  const credential = authenticator.get(await options());
  const answers = await Promise.all(Array.from({ length: 64 }, () => send(credential)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 400)).toHaveLength(63);
  expect(answers.find(({ status }) => status === 400)?.body).toMatchObject(refused('used'));
  expect((await send(credential)).body).toMatchObject(refused('used'));
});

describe('what is not accepted', () => {
  let owner: Awaited<ReturnType<typeof newOwner>>;
  let authenticator: Authenticator;
  beforeAll(async () => {
    owner = await newOwner();
    ({ authenticator } = owner);
  });

  /** The answer with another member of the response. */
  const withMember = (credential: CredentialJson, name: string, value: unknown) => ({
    ...credential,
    response: { ...credential.response, [name]: value },
  });
  /** The answer with other client data, which the signature does not cover any more. */
  const withClientData = (credential: CredentialJson, change: object) => {
    const data = Buffer.from(credential.response.clientDataJSON as string, 'base64url');
    const changed = JSON.stringify({ ...JSON.parse(data.toString()), ...change });
    return withMember(credential, 'clientDataJSON', Buffer.from(changed).toString('base64url'));
  };

  test('a challenge that has expired', async () => {
    const credential = authenticator.get(await options());
    server.clock.advance(601_000);
    expect((await send(credential)).body).toMatchObject(refused('expired'));
  });

  test('a challenge of another server, or for something else', async () => {
    const asked = await options();
    const challenge = Buffer.alloc(52).toString('base64url');
    const foreign = authenticator.get({ public_key: { ...asked.public_key, challenge } });
    expect((await send(foreign)).body).toMatchObject(refused('other_request'));
    const { access_token: token } = owner;
    const own = await server.send('POST', '/api/login/', {
      json: { email: owner.email, password: 'wrong' },
    });
    expect(own.status).toBe(401);
    const started = await server.send('POST', '/api/me/passkeys/options/', { token, json: {} });
    expect(started.status).toBe(200);
    const forOther = authenticator.get({
      public_key: { ...asked.public_key, challenge: started.body.public_key.challenge },
    });
    expect((await send(forOther)).body).toMatchObject(refused('other_request'));
  });

  test('another page, and a page in a frame of another one', async () => {
    const asked = await options();
    const elsewhere = authenticator.get(asked, 'https://localhost');
    expect((await send(elsewhere)).status).toBe(200); // any port of this machine
    const framed = withClientData(authenticator.get(await options()), { crossOrigin: true });
    expect((await send(framed)).body).toMatchObject(refused('wrong_origin'));
    const evil = withClientData(authenticator.get(await options()), { origin: 'https://evil.dev' });
    expect((await send(evil)).body).toMatchObject(refused('wrong_origin'));
  });

  test('a signature of something else', async () => {
    const one = authenticator.get(await options());
    const two = authenticator.get(await options());
    const swapped = withMember(one, 'signature', two.response.signature);
    expect((await send(swapped)).body).toMatchObject(refused('wrong_signature'));
    const changed = withClientData(authenticator.get(await options()), { extra: 1 });
    expect((await send(changed)).body).toMatchObject(refused('wrong_signature'));
  });

  test('a user whom the authenticator has not verified, or who is not there', async () => {
    const { key } = await newKeyOwner();
    key.state.flags = flag.present;
    expect((await signInWithPasskey(server, key)).body).toMatchObject(refused('not_verified'));
    key.state.flags = flag.verified;
    expect((await signInWithPasskey(server, key)).body).toMatchObject(refused('not_present'));
  });

  test('a passkey for another site, or without the user handle', async () => {
    const { key } = await newKeyOwner();
    key.state.rpId = 'evil.dev';
    expect((await signInWithPasskey(server, key)).body).toMatchObject(refused('wrong_site'));
    key.state.rpId = 'localhost';
    const credential = withMember(key.get(await options()), 'userHandle', undefined);
    expect((await send(credential)).body).toMatchObject(refused('unknown'));
  });

  test('a passkey that was removed: the browser may forget it', async () => {
    const gone = await newOwner();
    const path = `/api/me/passkeys/${gone.passkeyId}/`;
    await server.send('DELETE', path, { token: gone.access_token, json: {} });
    const answer = await signInWithPasskey(server, gone.authenticator);
    expect(answer.body).toMatchObject({ ...refused('unknown'), signal_unknown: true });
  });

  test('a passkey of another user, by its id: it is not forgotten', async () => {
    const other = await newOwner();
    const credential = authenticator.get(await options());
    const id = other.authenticator.get(await options()).id;
    const answer = await send({ ...credential, id, rawId: id });
    expect(answer.body).toMatchObject(refused('unknown'));
    expect(answer.body.signal_unknown).toBeUndefined();
  });

  test.each([
    ['nothing', {}],
    ['another type', { type: 'password' }],
    ['no response', { response: null }],
    ['an id that is not its raw id', { rawId: 'AAAA' }],
    ['numbers', { id: 1, rawId: 1 }],
    ['a list', { response: [] }],
  ])('%s', async (_what, change) => {
    const credential =
      _what === 'nothing' ? {} : { ...authenticator.get(await options()), ...change };
    expect((await send(credential)).body).toMatchObject(refused('malformed'));
  });

  test('what is not an object at all is an error of the field', async () => {
    for (const credential of [null, 'text', 1, []]) {
      expect((await send(credential)).body).toMatchObject({
        code: 'invalid_fields',
        credential: ['Must be an object.'],
      });
    }
    const missing = await server.send('POST', '/api/login/passkey/', { json: {} });
    expect(missing.body).toMatchObject({ credential: ['This field is required.'] });
  });

  test('each refusal is in the audit log, under no name', async () => {
    await eventually(async () => {
      const events = await rows()
        .selectFrom('audit_events')
        .select(['details', 'user_id'])
        .where('kind', '=', 'login.failed')
        .execute();
      const own = events.filter(({ details }) => details?.includes('wrong_passkey'));
      expect(own.length).toBeGreaterThan(3);
      expect(own.every(({ user_id }) => user_id === null)).toBe(true);
    });
  });
});

describe('a counter that goes back', () => {
  const standStill = (authenticator: Authenticator) => {
    authenticator.params = { ...authenticator.params, signCounterIncrement: 0 };
  };
  const regressions = async (userId: number) => {
    const events = await rows()
      .selectFrom('audit_events')
      .select('details')
      .where('kind', '=', 'passkey.counter_regressed')
      .where('user_id', '=', userId)
      .execute();
    return events.map(({ details }) => JSON.parse(details ?? ''));
  };

  test('of a passkey that is copied anyway is recorded, and signs in', async () => {
    const { authenticator, id, passkeyId } = await newOwner();
    expect((await signInWithPasskey(server, authenticator)).status).toBe(200);
    standStill(authenticator);
    expect((await signInWithPasskey(server, authenticator)).status).toBe(200);
    expect(await regressions(id)).toEqual([
      { passkey_id: passkeyId, known: 1, counter: 1, is_refused: false },
    ]);
  });

  test('of one that cannot be copied is refused, and recorded', async () => {
    const { key, id, passkeyId } = await newKeyOwner();
    expect((await signInWithPasskey(server, key)).status).toBe(200);
    expect((await signInWithPasskey(server, key)).status).toBe(200);
    key.state.counter = 1; // as a copy has it that was made before
    expect((await signInWithPasskey(server, key)).body).toMatchObject(refused('counter_regressed'));
    await eventually(async () => {
      expect(await regressions(id)).toEqual([
        { passkey_id: passkeyId, known: 2, counter: 2, is_refused: true },
      ]);
    });
    expect((await signInWithPasskey(server, key)).status).toBe(200);
  });

  test('of a key that never counts is none', async () => {
    const { key, id } = await newKeyOwner();
    for (let n = 0; n < 3; n += 1) {
      key.state.counter = -1;
      expect((await signInWithPasskey(server, key)).status).toBe(200);
    }
    expect(await regressions(id)).toEqual([]);
  });

  test('a key that says that it is backed up all at once is refused', async () => {
    const { key } = await newKeyOwner();
    key.state.flags |= flag.backupEligible;
    expect((await signInWithPasskey(server, key)).body).toMatchObject(refused('changed'));
  });
});

test('a deactivated user is answered as by a password, and nobody is signed in', async () => {
  const { authenticator, id } = await newOwner();
  await rows().updateTable('users').set({ is_active: 0 }).where('id', '=', id).execute();
  const answer = await signInWithPasskey(server, authenticator);
  expect(answer.body).toMatchObject({ status: 401, error: 'Invalid credentials' });
  const sessions = await rows()
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', id)
    .execute();
  expect(sessions).toHaveLength(1);
});

test('a user whose email has to be proven first is not signed in', async () => {
  const pinned = { REQUIRE_VERIFIED_EMAIL: true, VERIFICATION_GRACE_PERIOD: 3_600 };
  await using strict = await startServer({ publicUrl: 'http://localhost:8000/', pinned });
  const user = await strict.signUp();
  const authenticator = newAuthenticator();
  await addPasskey(strict, user.access_token, authenticator);
  expect((await signInWithPasskey(strict, authenticator)).status).toBe(200);
  strict.clock.advance(3_600_000);
  const answer = await signInWithPasskey(strict, authenticator);
  expect(answer.body).toMatchObject({ status: 403, code: 'email_not_verified' });
});
