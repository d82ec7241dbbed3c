import { generateKeyPairSync } from 'node:crypto';
import {
  createLocalJWKSet,
  decodeProtectedHeader,
  type JWTPayload,
  jwtVerify,
  SignJWT,
} from 'jose';
import { describe, expect, test } from 'vitest';
import { startServer, type TestServer, testSecret } from '../../../../test/harness.ts';
import { createSigningKeys, type KeyAlgorithm, type SigningKeys } from './index.ts';
import { sealPrivateKey, unsealPrivateKey } from './sealed-keys.ts';
import { newKeyPair } from './signing-keys.ts';

/** Verifies a token as a stranger would: with another library, from the published keys alone. */
async function verifyByJwks(server: TestServer, token: string): Promise<JWTPayload> {
  const jwks = await server.send('GET', '/.well-known/jwks.json');
  const { payload } = await jwtVerify(token, createLocalJWKSet(jwks.body), {
    currentDate: new Date(server.clock.nowMs()),
    requiredClaims: ['sub', 'iat', 'exp', 'jti', 'sid'],
    ...names,
  });
  return payload;
}

const names = { issuer: 'https://auth.example.com', audience: 'https://api.example.com' };

/** What another process, such as the command line, does with the keys of the same database. */
function otherProcess(server: TestServer) {
  return createSigningKeys({ ...server.deps, secretKeys: [testSecret] });
}

const me = (server: TestServer, token: string) => server.send('GET', '/api/me/', { token });

async function login(server: TestServer, email: string): Promise<string> {
  const json = { email, password: 'correct horse battery' };
  return (await server.send('POST', '/api/login/', { json })).body.access_token;
}

describe.each<KeyAlgorithm>(['ES256', 'EdDSA'])('%s', (algorithm) => {
  const pinned = {
    ACCESS_TOKEN_ALGORITHM: algorithm,
    SIGNING_KEY_ROTATION: 86_400,
    ACCESS_TOKEN_LIFETIME: 3_600,
  } as const;

  test('tokens are good here, and anywhere by the published keys, across a rotation', async () => {
    await using server = await startServer({ pinned, ...names });
    const { id, email, access_token: before } = await server.signUp();
    const { alg, kid } = decodeProtectedHeader(before);
    expect(alg).toBe(algorithm);
    expect(await verifyByJwks(server, before)).toMatchObject({ user_id: id, sub: String(id) });
    expect((await me(server, before)).status).toBe(200);

    // A day less a quarter of an hour on, the next key is published and does not sign yet.
    server.clock.advance(86_400_000 - 14 * 60_000);
    await otherProcess(server).maintain();
    const published = await server.send('GET', '/.well-known/jwks.json');
    expect(published.body.keys).toHaveLength(2);
    expect(published.headers.get('cache-control')).toBe('public, max-age=300');
    const between = await login(server, email);
    expect(decodeProtectedHeader(between).kid).toBe(kid);

    server.clock.advance(15 * 60_000);
    const after = await login(server, email);
    expect(decodeProtectedHeader(after).kid).not.toBe(kid);
    for (const token of [between, after]) {
      expect(await verifyByJwks(server, token)).toMatchObject({ user_id: id });
      expect((await me(server, token)).status).toBe(200);
    }

    // When the last token that the old key can have signed is over, the old key goes.
    server.clock.advance(7 * 86_400_000);
    await otherProcess(server).maintain();
    const { keys } = (await server.send('GET', '/.well-known/jwks.json')).body;
    expect(keys.map((key: { kid: string }) => key.kid)).not.toContain(kid);
  });

  test('a revoked key is refused on the next request, and the next login has another', async () => {
    await using server = await startServer({ pinned });
    const { email, access_token: before } = await server.signUp();
    expect((await me(server, before)).status).toBe(200);
    const { kid } = decodeProtectedHeader(before);
    expect(await otherProcess(server).revoke(String(kid), { kind: 'system' })).toBe(true);
    expect((await me(server, before)).body).toMatchObject({ status: 401, code: 'invalid_token' });
    const after = await login(server, email);
    expect(decodeProtectedHeader(after).kid).not.toBe(kid);
    expect((await me(server, after)).status).toBe(200);
    const { keys } = (await server.send('GET', '/.well-known/jwks.json')).body;
    expect(keys.map((key: { kid: string }) => key.kid)).not.toContain(kid);
    expect(await otherProcess(server).revoke(String(kid), { kind: 'system' })).toBe(false);
  });

  test('after a key in use is revoked a new one signs, never an older one', async () => {
    await using server = await startServer({ pinned });
    const { email, access_token: first } = await server.signUp();
    const kidOf = (token: string) => String(decodeProtectedHeader(token).kid);
    const process = otherProcess(server);
    const second = await process.rotate(algorithm, { kind: 'system' });
    server.clock.advance(15 * 60_000);
    expect(kidOf(await login(server, email))).toBe(second.kid);
    await process.rotate(algorithm, { kind: 'system' }); // waits to sign
    const known = (await process.list()).map(({ kid }) => kid);

    await process.revoke(second.kid, { kind: 'system' });
    const after = await login(server, email);
    expect(known).not.toContain(kidOf(after));
    const { keys } = (await server.send('GET', '/.well-known/jwks.json')).body;
    expect(keys.map(({ kid }: { kid: string }) => kid)).toContain(kidOf(first)); // verifies still
    server.clock.advance(15 * 60_000); // when the waiting key would have begun to sign
    expect(kidOf(await login(server, email))).toBe(kidOf(after));
  });

  test('a key that is revoked before it signs changes nothing', async () => {
    await using server = await startServer({ pinned });
    const { email, access_token: first } = await server.signUp();
    const process = otherProcess(server);
    const { kid } = await process.rotate(algorithm, { kind: 'system' });
    await process.revoke(kid, { kind: 'system' });
    server.clock.advance(15 * 60_000);
    const after = await login(server, email);
    expect(decodeProtectedHeader(after).kid).toBe(decodeProtectedHeader(first).kid);
  });

  test('tokens of other keys and other algorithms are refused', async () => {
    await using server = await startServer({ pinned });
    const { id, access_token } = await server.signUp();
    const { kid } = decodeProtectedHeader(access_token);
    const claims = { user_id: id, exp: Math.floor(server.clock.nowMs() / 1000) + 60 };
    const { privateKey } =
      algorithm === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('ed25519');
    const secret = Buffer.from(testSecret);
    const [jwk] = (await server.send('GET', '/.well-known/jwks.json')).body.keys;
    for (const forged of [
      await new SignJWT(claims)
        .setProtectedHeader({ alg: algorithm, kid: String(kid) })
        .sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: algorithm }).sign(privateKey),
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: String(kid) }).sign(secret),
      // The classic: the public key as the secret of an HMAC (RFC 8725 2.1).
      await new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', kid: String(kid) })
        .sign(Buffer.from(JSON.stringify(jwk))),
    ]) {
      expect((await me(server, forged)).body).toMatchObject({ status: 401, code: 'invalid_token' });
    }
  });

  test('private keys are sealed again under a new secret, so that the old one can go', async () => {
    await using server = await startServer({ pinned });
    await server.signUp();
    const withSecrets = (...secretKeys: string[]) =>
      createSigningKeys({ ...server.deps, secretKeys });
    // The first: a server that cannot open it any more makes another.
    const opened = async (keys: SigningKeys) => (await keys.list())[0]?.privateKey !== undefined;
    const newSecret = `${testSecret}, and newer`;
    expect(await opened(withSecrets(newSecret))).toBe(false);
    expect(await opened(withSecrets(newSecret, testSecret))).toBe(true);
    await withSecrets(newSecret, testSecret).maintain();
    expect(await opened(withSecrets(newSecret))).toBe(true);
    expect(await opened(withSecrets(testSecret))).toBe(false);
  });

  test('two processes that need the first key at once make one', async () => {
    await using server = await startServer({ pinned });
    const processes = [otherProcess(server), otherProcess(server), otherProcess(server)];
    await Promise.all(processes.map((keys) => keys.sync()));
    const kids = processes.map((keys) => keys.signingKey(algorithm)?.kid);
    expect(new Set(kids).size).toBe(1);
    expect(await otherProcess(server).list()).toHaveLength(1);
  });
});

test('with HS256, the default, nothing is published', async () => {
  await using server = await startServer();
  await server.signUp();
  const answer = await server.send('GET', '/.well-known/jwks.json');
  expect(answer.status).toBe(200);
  expect(answer.body).toEqual({ keys: [] });
});

test('a private key in the database opens with its secret and its own row alone', () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const sealed = sealPrivateKey(privateKey, 'kid', testSecret);
  expect(unsealPrivateKey(sealed, 'kid', testSecret)?.equals(privateKey)).toBe(true);
  expect(unsealPrivateKey(sealed, 'another', testSecret)).toBeUndefined();
  expect(unsealPrivateKey(sealed, 'kid', `${testSecret}!`)).toBeUndefined();
  const other = sealed.at(20) === 'A' ? 'B' : 'A';
  const damaged = `${sealed.slice(0, 20)}${other}${sealed.slice(21)}`;
  expect(unsealPrivateKey(damaged, 'kid', testSecret)).toBeUndefined();
  expect(unsealPrivateKey('', 'kid', testSecret)).toBeUndefined();
});

test('no key has a name that the command line takes for an option', async () => {
  const pairs = await Promise.all(Array.from({ length: 500 }, () => newKeyPair('EdDSA')));
  expect(pairs.filter(({ kid }) => kid.startsWith('-'))).toEqual([]);
});
