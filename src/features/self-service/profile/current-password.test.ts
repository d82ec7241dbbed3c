import { afterAll, expect, test } from 'vitest';
import { cheapHashes, startServer } from '../../../../test/harness.ts';
import { hashPassword } from '../../identity/passwords/password-hashes.ts';
import { updateUser } from '../../identity/users/index.ts';

/** Limits are for new passwords: one that was imported may be longer, or have what no new one may. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());

test.each([
  ['200 characters', 'long '.repeat(40).trim().padEnd(200, 'x')],
  ['a NUL', 'before\0after'],
])('a user whose password has %s confirms, changes and deletes', async (_what, password) => {
  const { id, email } = await server.signUp();
  const imported = async () => {
    const passwordHash = hashPassword(password, cheapHashes);
    await updateUser(server.deps.database.db, id, { passwordHash, updatedAtMs: 1 });
    const answer = await server.send('POST', '/api/login/', { json: { email, password } });
    return answer.body.access_token as string;
  };
  const token = await imported();
  const send = (method: string, path: string, json: object) =>
    server.send(method, `/api/me/${path}`, { token, json });
  expect((await send('POST', 'reauthenticate/', { password })).status).toBe(200);
  const change = { current_password: password, new_password: 'another horse battery' };
  expect((await send('POST', 'password/', { ...change, new_password: password })).status).toBe(400);
  expect((await send('POST', 'password/', change)).status).toBe(200);
  const again = await imported();
  const answer = await server.send('DELETE', '/api/me/', { token: again, json: { password } });
  expect(answer.status, answer.text).toBe(204);
});
