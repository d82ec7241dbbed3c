import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { anyCharacter } from '../../../../../test/any-character.ts';
import { startServer, type TestServer } from '../../../../../test/harness.ts';
import { isLong, runs } from '../../../../../test/long.ts';
import { addPasskey, type CredentialJson, newAuthenticator } from '../../../../../test/webauthn.ts';
import { issueChallenge } from './challenges.ts';

/** What authenticators never send: it is refused in words, and never an error of the server. */

const numRuns = runs(400);
if (isLong) vi.setConfig({ testTimeout: 600_000 });

let server: TestServer;
let token: string;
let userId: number;
const authenticator = newAuthenticator();
beforeAll(async () => {
  server = await startServer({
    publicUrl: 'http://localhost:8000/',
    pinned: {
      ACCESS_TOKEN_LIFETIME: 86_400,
      RATE_LIMITS_ENABLED: false,
      MAX_SESSIONS_PER_USER: 0, // what is changed may still be good, and signs in
    },
  });
  const user = await server.signUp();
  token = user.access_token;
  userId = user.id;
  await addPasskey(server, token, authenticator);
});
afterAll(() => server[Symbol.asyncDispose]());

/** Good answers, to challenges of the server's own. */
function newRegistration(): CredentialJson {
  const use = { ceremony: 'registration', binding: `user ${userId}` } as const;
  const challenge = issueChallenge(server.deps, use, server.clock.nowMs());
  const user = { id: Buffer.alloc(32, 7).toString('base64url'), name: 'a', displayName: 'a' };
  const rp = { id: 'localhost', name: 'x' };
  const pubKeyCredParams = [{ alg: -7, type: 'public-key' }];
  return authenticator.create({ public_key: { rp, user, challenge, pubKeyCredParams } });
}
function newAssertion(): CredentialJson {
  const use = { ceremony: 'authentication', binding: 'passkey-sign-in' } as const;
  const challenge = issueChallenge(server.deps, use, server.clock.nowMs());
  return authenticator.get({ public_key: { rpId: 'localhost', challenge, allowCredentials: [] } });
}

const register = (credential: unknown) =>
  server.send('POST', '/api/me/passkeys/', { token, json: { credential } });
const signIn = (credential: unknown) =>
  server.send('POST', '/api/login/passkey/', { json: { credential } });

/** A change of some bytes. */
const mutation = fc.array(
  fc.record({
    how: fc.constantFrom('set', 'insert', 'cut', 'double'),
    at: fc.double({ min: 0, max: 0.999, noNaN: true }),
    value: fc.nat(255),
  }),
  { minLength: 1, maxLength: 4 },
);
function mutated(bytes: Buffer, steps: readonly { how: string; at: number; value: number }[]) {
  return steps.reduce((now, { how, at, value }) => {
    const place = Math.floor(at * now.length);
    const [before, after] = [now.subarray(0, place), now.subarray(place)];
    if (how === 'cut') return before;
    if (how === 'double') return Buffer.concat([before, after, after]);
    const kept = how === 'set' ? after.subarray(1) : after;
    return Buffer.concat([before, Buffer.from([value]), kept]);
  }, bytes);
}

const withBytes = (
  credential: CredentialJson,
  member: string,
  change: (bytes: Buffer) => Buffer,
) => {
  const bytes = Buffer.from(String(credential.response[member]), 'base64url');
  const response = { ...credential.response, [member]: change(bytes).toString('base64url') };
  return { ...credential, response };
};

/** Refused with an error of the server. */
const expectSane = (
  { status, body }: { status: number; body: { code?: string } },
  good: number,
) => {
  if (status === good) return;
  expect(status, JSON.stringify(body)).toBeLessThan(500);
  expect(['invalid_passkey', 'invalid_fields', 'too_many_factors']).toContain(body.code);
};

test('bytes of an assertion that were changed', async () => {
  const members = ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle'];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...members), mutation, async (member, steps) => {
      const credential = withBytes(newAssertion(), member, (bytes) => mutated(bytes, steps));
      expectSane(await signIn(credential), 200);
    }),
    { numRuns },
  );
});

test('bytes of a registration that were changed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('clientDataJSON', 'attestationObject'),
      mutation,
      async (member, steps) => {
        const credential = withBytes(newRegistration(), member, (bytes) => mutated(bytes, steps));
        expectSane(await register(credential), 201);
      },
    ),
    { numRuns },
  );
});

/** The beginning of something in CBOR: its kind, and a length or a number (RFC 8949 3). */
function head(kind: number, size: number): Buffer {
  if (size < 24) return Buffer.from([(kind << 5) | size]);
  const long = Buffer.alloc(5);
  long.writeUInt8((kind << 5) | 26);
  long.writeUInt32BE(size, 1);
  return long;
}
const text = (value: string) =>
  Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
const bytesOf = (value: Uint8Array) => Buffer.concat([head(2, value.length), value]);

/** Any CBOR, with lengths that are not true. */
const { item } = fc.letrec<{ item: Buffer }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.nat(70_000).map((value) => head(0, value)),
    fc.nat(300).map((value) => head(1, value)),
    fc.uint8Array({ maxLength: 40 }).map(bytesOf),
    fc.string({ maxLength: 20 }).map(text),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(
        fc.constantFrom(4, 5, 6, 7),
        fc.nat(1_000_000),
        fc.array(tie('item'), { maxLength: 6 }),
      )
      .map(([kind, size, items]) => Buffer.concat([head(kind, size), ...items])),
    fc
      .array(tie('item'), { maxLength: 5 })
      .map((items) => Buffer.concat([head(4, items.length), ...items])),
    fc
      .array(fc.tuple(tie('item'), tie('item')), { maxLength: 5 })
      .map((pairs) => Buffer.concat([head(5, pairs.length), ...pairs.flat()])),
  ),
}));

test('attestation objects that somebody made up', async () => {
  const rpIdHash = Buffer.from('SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2M', 'base64url');
  const format = fc.oneof(
    fc.constantFrom('none', 'packed', 'tpm', 'android-key', 'apple', 'fido-u2f').map(text),
    item,
  );
  // Of the right site, and then anything: flags, counter, AAGUID, the length of the id, and what is said to be a key.
  const authData = fc
    .tuple(fc.nat(255), fc.uint8Array({ minLength: 4, maxLength: 60 }), item)
    .map(([flags, rest, key]) => Buffer.concat([rpIdHash, Buffer.from([flags]), rest, key]))
    .map(bytesOf);
  const attestation = fc
    .tuple(format, item, fc.oneof(authData, item))
    .map(([fmt, attStmt, data]) =>
      Buffer.concat([
        ...[head(5, 3), text('fmt'), fmt, text('attStmt'), attStmt],
        ...[text('authData'), data],
      ]),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(attestation, item), async (made) => {
      expectSane(
        await register(withBytes(newRegistration(), 'attestationObject', () => made)),
        201,
      );
    }),
    { numRuns },
  );
});

test('CBOR that is nested deeply, or promises more than there is', async () => {
  for (const made of [
    Buffer.alloc(40_000, 0x81),
    Buffer.alloc(40_000, 0xa1),
    Buffer.alloc(40_000, 0xc0),
    Buffer.from('9bffffffffffffffff', 'hex'),
    Buffer.from('bbffffffffffffffff', 'hex'),
    Buffer.from('5bffffffffffffffff', 'hex'),
    Buffer.from('9a7fffffff', 'hex'),
    Buffer.from('9f', 'hex'),
  ]) {
    const answer = await register(withBytes(newRegistration(), 'attestationObject', () => made));
    expect(answer.body).toMatchObject({ code: 'invalid_passkey', reason: 'malformed' });
  }
});

test('members of any type, and client data that is any JSON', async () => {
  const members = ['id', 'rawId', 'type', 'response', 'clientExtensionResults', 'more'];
  const inner = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'transports'];
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: anyCharacter }), fc.base64String());
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...members),
      fc.constantFrom(...inner),
      value,
      fc.jsonValue(),
      async (outer, name, changed, data) => {
        for (const [made, send, good] of [
          [newRegistration(), register, 201],
          [newAssertion(), signIn, 200],
        ] as const) {
          expectSane(await send({ ...made, [outer]: changed }), good);
          expectSane(
            await send({ ...made, response: { ...made.response, [name]: changed } }),
            good,
          );
          const json = Buffer.from(JSON.stringify(data));
          expectSane(await send(withBytes(made, 'clientDataJSON', () => json)), good);
        }
      },
    ),
    { numRuns: runs(140) },
  );
});
