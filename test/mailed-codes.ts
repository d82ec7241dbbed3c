import { findMail, type OutboxRow, readMail } from '../src/features/platform/mail/index.ts';
import { goodPassword, type SignedUp, type TestServer } from './harness.ts';

/** The newest mail to an email that waits in the outbox, as its reader has it, and the code and the link in it. */
export async function mailTo(server: TestServer, email: string) {
  const { db } = server.deps.database;
  const { id } = await db
    .selectFrom('outbox')
    .select('id')
    .where('email', '=', email)
    .where('state', '=', 'pending')
    .orderBy('id', 'desc')
    .executeTakeFirstOrThrow();
  const row = (await findMail(db, id)) as OutboxRow;
  const mail = await readMail(row, {
    ...{ settings: server.deps.settings, secretKeys: [server.deps.secretKey] },
  });
  const [, code = ''] = /^ {4}(\d{6})$/m.exec(mail.text) ?? [];
  const [link = ''] = /^https?:\S+$/m.exec(mail.text) ?? [];
  return { ...mail, code, link, id, kind: row.kind };
}

/** The headers of a request that comes through a proxy from an IP address. */
export function comesFrom(ip: string): Record<string, string> {
  return { 'x-forwarded-for': ip };
}

/** Asks for a mail that resets a password, and reads it. */
export async function mailedCode(server: TestServer, email: string) {
  const { body } = await server.send('POST', '/api/password-reset/', { json: { email } });
  const { id, code } = await mailTo(server, email);
  return { flow: body.flow as string, code, mailId: id };
}

/** Changes the password of a user, and reads the link and the code of the notice that they are sent. */
export async function mailedNotice(server: TestServer, { email, access_token: token }: SignedUp) {
  const json = { current_password: goodPassword, new_password: 'a quite new horse' };
  await server.send('POST', '/api/me/password/', { token, json });
  const { text, code } = await mailTo(server, email);
  return { token: /not-me\/\?token=(\S+)/.exec(text)?.[1] ?? '', code };
}
