import { addApp } from './authenticator.ts';
import type { TestServer } from './harness.ts';
import { mailTo } from './mailed-codes.ts';

/** Has an administrator reset the factors of somebody who has some; gives the id of the user. */
export async function waitingReset(server: TestServer, token: string): Promise<number> {
  const user = await server.signUp();
  await addApp(server, user);
  const json = { reason: 'lost their phone' };
  const path = `/api/admin/users/${user.id}/factors/reset/`;
  const answer = await server.send('POST', path, { token, json });
  if (answer.status !== 200) throw new Error(`Nothing was reset: ${answer.text}`);
  return user.id;
}

/** The token in the newest mail to a user, whose link cancels a reset. */
export async function resetToken(server: TestServer, userId: number): Promise<string> {
  const { email } = await server.deps.database.db
    .selectFrom('users')
    .select('email')
    .where('id', '=', userId)
    .executeTakeFirstOrThrow();
  const { text } = await mailTo(server, email);
  return /not-me\/\?token=(\S+)/.exec(text)?.[1] ?? '';
}
