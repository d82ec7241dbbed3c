import { decodeJwt, SignJWT } from 'jose';
import { afterAll, expect, test } from 'vitest';
import { startServer, testSecret } from '../../../../test/harness.ts';

/** What access tokens say about their issuer and audience, and which of it the server checks. */

const issuer = 'https://auth.example.com';
const audience = 'https://api.example.com';
const named = await startServer({ issuer, audience });
const unnamed = await startServer();
const [{ id: namedId }, { id: unnamedId }] = [await named.signUp(), await unnamed.signUp()];
afterAll(async () => {
  await named[Symbol.asyncDispose]();
  await unnamed[Symbol.asyncDispose]();
});

test('they name the user, the session and themselves, how and when the user was recognized; issuer and audience if there are any', async () => {
  const before = await unnamed.signUp();
  const after = await unnamed.send('POST', '/api/refresh/', {
    json: { refresh_token: before.refresh_token },
  });
  const claims = {
    user_id: before.id,
    sub: String(before.id),
    sid: expect.stringMatching(/^\d+$/),
    jti: expect.any(String),
    iat: expect.any(Number),
    exp: expect.any(Number),
    ...{ acr: 'aal1', amr: ['pwd'], auth_time: expect.any(Number) },
  };
  const tokens = [decodeJwt(before.access_token), decodeJwt(after.body.access_token)];
  for (const token of tokens) expect(token).toEqual(claims);
  expect(tokens[0]?.jti).not.toBe(tokens[1]?.jti);
  expect(tokens[0]?.auth_time).toBe(tokens[1]?.auth_time);

  const { id, access_token } = await named.signUp();
  expect(decodeJwt(access_token)).toMatchObject({ sub: String(id), iss: issuer, aud: audience });
  expect((await named.send('GET', '/api/me/', { token: access_token })).status).toBe(200);
});

test.each<[string, object, { named: number; unnamed: number }]>([
  ['nothing, as those of the system before us', {}, { named: 200, unnamed: 200 }],
  ['us', { iss: issuer, aud: audience }, { named: 200, unnamed: 401 }],
  ['us alone', { iss: issuer }, { named: 200, unnamed: 200 }],
  ['us among others', { aud: ['other', audience] }, { named: 200, unnamed: 401 }],
  ['another issuer', { iss: 'https://other.example.com' }, { named: 401, unnamed: 200 }],
  ['nearly our issuer', { iss: `${issuer}/` }, { named: 401, unnamed: 200 }],
  ['an issuer that is no text', { iss: [issuer] }, { named: 401, unnamed: 200 }],
  ['another audience', { iss: issuer, aud: 'other' }, { named: 401, unnamed: 401 }],
  ['an audience of nobody', { aud: [] }, { named: 401, unnamed: 401 }],
  ['an audience that is null', { aud: null }, { named: 401, unnamed: 401 }],
  ['access as its purpose', { token_type: 'access' }, { named: 200, unnamed: 200 }],
  ['refreshing as its purpose', { token_type: 'refresh' }, { named: 401, unnamed: 401 }],
  ['a purpose that is null', { token_type: null }, { named: 401, unnamed: 401 }],
  ['an identity as its purpose', { token_use: 'id' }, { named: 401, unnamed: 401 }],
  ['a reset as its purpose', { purpose: 'password_reset' }, { named: 401, unnamed: 401 }],
])('a token that names %s', async (_name, claims, statuses) => {
  for (const [server, id, status] of [
    [named, namedId, statuses.named],
    [unnamed, unnamedId, statuses.unnamed],
  ] as const) {
    const exp = Math.floor(server.clock.nowMs() / 1000) + 60;
    const token = await new SignJWT({ user_id: id, exp, ...claims })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(Buffer.from(testSecret));
    expect((await server.send('GET', '/api/me/', { token })).status).toBe(status);
  }
});

test.each([
  ['JWT', 200],
  ['jwt', 200],
  ['at+jwt', 401],
  ['refresh+jwt', 401],
  ['', 401],
])('a token whose header has the type %j', async (typ, status) => {
  const exp = Math.floor(unnamed.clock.nowMs() / 1000) + 60;
  const token = await new SignJWT({ user_id: unnamedId, exp })
    .setProtectedHeader({ alg: 'HS256', typ })
    .sign(Buffer.from(testSecret));
  expect((await unnamed.send('GET', '/api/me/', { token })).status).toBe(status);
});
