import { expect } from 'vitest';
import { goodPassword, type SignedUp, type TestServer } from './harness.ts';
import { mailedCode, mailTo } from './mailed-codes.ts';

/** Changes of an email and their undo, as a client makes them. */

export const put = (server: TestServer, { access_token: token }: SignedUp, email: string) =>
  server.send('PUT', '/api/me/', { token, json: { email } });
export const undo = (server: TestServer, token: string) =>
  server.send('POST', '/api/email-undo/', { json: { token } });
export const register = (server: TestServer, email: string) =>
  server.send('POST', '/api/register/', { json: { email, password: goodPassword } });
export const login = async (server: TestServer, email: string, password = goodPassword) =>
  (await server.send('POST', '/api/login/', { json: { email, password } })).status;
export const emailOf = async (server: TestServer, id: number) =>
  (
    await server.deps.database.db
      .selectFrom('users')
      .select('email')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
  ).email;

/** The token of the undo that an email was mailed. */
export async function undoTokenOf(server: TestServer, email: string): Promise<string> {
  const { text } = await mailTo(server, email);
  return /account\/undo\/\?token=([\w-]{43})$/m.exec(text)?.[1] ?? '';
}

/** Changes the email with the password, and proves it. */
export async function change(server: TestServer, { access_token: token }: SignedUp, email: string) {
  const json = { email, password: goodPassword };
  const begun = await server.send('POST', '/api/me/email/', { token, json });
  const { code } = await mailTo(server, email);
  const proof = { flow: begun.body.flow, code };
  const done = await server.send('POST', '/api/me/email/confirm/', { token, json: proof });
  expect(done.status).toBe(200);
}

/** Proves the email that a user has, in a session alone. */
export async function proveOwn(
  server: TestServer,
  { access_token: token }: SignedUp,
  email: string,
) {
  const begun = await server.send('POST', '/api/me/email-verification/', { token });
  const json = { flow: begun.body.flow, code: (await mailTo(server, email)).code };
  const done = await server.send('POST', '/api/me/email-verification/confirm/', { token, json });
  expect(done.status).toBe(200);
}

export const mailsOf = (server: TestServer, email: string) =>
  server.deps.database.db
    .selectFrom('outbox')
    .select(['kind', 'state'])
    .where('email', '=', email)
    .orderBy('id')
    .execute();

/** Resets a password by a mailed code. */
export async function reset(server: TestServer, email: string, password: string) {
  const { flow, code } = await mailedCode(server, email);
  return server.send('POST', '/api/password-reset/confirm/', { json: { flow, code, password } });
}
