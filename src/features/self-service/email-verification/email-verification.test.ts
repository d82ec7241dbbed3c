import { expect, test } from 'vitest';
import { createTestDatabase, startServer, type TestServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

const path = '/api/me/email-verification/';
const begin = (server: TestServer, token: string) => server.send('POST', path, { token });
const confirm = (server: TestServer, token: string, json: object) =>
  server.send('POST', `${path}confirm/`, { token, json });
const isVerified = async (server: TestServer, token: string) =>
  (await server.send('GET', '/api/me/', { token })).body.email_verified;

async function ask(server: TestServer, user: { access_token: string; email: string }) {
  const { body } = await begin(server, user.access_token);
  const { code } = await mailTo(server, user.email);
  return { flow: body.flow as string, code };
}

test('a mailed code proves the email, once, until it is another one', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const { access_token: token } = user;
  expect(await isVerified(server, token)).toBe(false);
  const begun = await begin(server, token);
  expect(begun).toMatchObject({ status: 202, body: { expires_in: 600 } });
  const { code, subject } = await mailTo(server, user.email);
  expect(subject).toContain('Confirm your email');
  const done = await confirm(server, token, { flow: begun.body.flow, code });
  expect(done).toMatchObject({ status: 200, body: { id: user.id, email_verified: true } });
  expect(await isVerified(server, token)).toBe(true);
  expect(await begin(server, token)).toMatchObject({
    status: 409,
    body: { code: 'email_already_verified' },
  });
  const change = { token, json: { email: `new.${user.email}` } };
  expect((await server.send('PATCH', '/api/me/', change)).body.email_verified).toBe(false);
  const events = await server.deps.database.db
    .selectFrom('audit_events')
    .select('kind')
    .where('user_id', '=', user.id)
    .where('kind', '=', 'email.verified')
    .execute();
  expect(events).toHaveLength(1);
});

test('a code is of one user, one purpose and the newest flow', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const other = await server.signUp();
  const older = await ask(server, user);
  const newer = await ask(server, user);
  const codeOf = async (token: string, proof: object) =>
    (await confirm(server, token, proof)).body.code;
  expect(await codeOf(user.access_token, older)).toBe('flow_expired');
  expect(await codeOf(other.access_token, newer)).toBe('flow_expired');
  const reset = await server.send('POST', '/api/password-reset/confirm/', {
    json: { ...newer, password: 'a quite new horse' },
  });
  expect(reset.body.code).toBe('flow_expired');
  const wrong = { ...newer, code: newer.code === '000000' ? '000001' : '000000' };
  const refused = await confirm(server, user.access_token, wrong);
  expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_code', tries_left: 4 } });
  expect((await confirm(server, user.access_token, newer)).status).toBe(200);
});

test('a code is worth nothing once the email is another one', async () => {
  await using server = await startServer();
  const user = await server.signUp();
  const proof = await ask(server, user);
  const json = { email: `new.${user.email}` };
  await server.send('PATCH', '/api/me/', { token: user.access_token, json });
  expect((await confirm(server, user.access_token, proof)).body.code).toBe('flow_expired');
});

test('of 64 who use one code on two nodes one succeeds', async () => {
  await using database = await createTestDatabase();
  await using one = await startServer({ database });
  await using other = await startServer({ database });
  const user = await one.signUp();
  const proof = await ask(one, user);
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, n) => confirm(n % 2 ? one : other, user.access_token, proof)),
  );
  const codes = answers.map(({ status, body }) => (status === 200 ? 'done' : body.code));
  expect(codes.filter((code) => code === 'done')).toHaveLength(1);
  expect(codes.filter((code) => code === 'flow_expired')).toHaveLength(63);
});

test('without mail it is refused', async () => {
  await using server = await startServer({ mail: undefined });
  const { access_token } = await server.signUp();
  expect(await begin(server, access_token)).toMatchObject({
    status: 503,
    body: { code: 'mail_not_configured' },
  });
});
