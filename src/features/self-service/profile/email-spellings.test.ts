import { expect, test } from 'vitest';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { mailedCode, mailTo } from '../../../../test/mailed-codes.ts';

/** Two spellings of one email that are two mailboxes to other mail software: no proof of one is a proof of the other. */

test.each([
  ['strasse.example', 'straße.example'],
  ['straße.example', 'strasse.example'],
  ['οσ.example', 'ος.example'],
  ['example.com', 'exam\u200dple.com'],
])(
  'a change from %s to %j is a new email: the old one is told, and mail lets nobody in',
  async (...domains) => {
    await using server = await startServer();
    const [old, other] = domains.map((domain) => `ada@${domain}`) as [string, string];
    const { access_token: token } = await server.signUp(old);
    const { db } = server.deps.database;
    await db.updateTable('users').set({ email_verified_at_ms: 1 }).execute();
    const put = (email: string) => server.send('PUT', '/api/me/', { token, json: { email } });
    expect((await put(`ADA@${domains[0]}`)).body.email_verified).toBe(true);
    expect((await put(other)).body).toMatchObject({ email: other, email_verified: false });
    expect((await mailTo(server, `ADA@${domains[0]}`)).subject).toContain('was changed');
    await server.send('POST', '/api/password-reset/', { json: { email: other } });
    const mails = await db
      .selectFrom('outbox')
      .select(['kind', 'email'])
      .where('kind', 'in', ['password_reset', 'email_release'])
      .execute();
    // Its link takes the email off the account, and no more.
    expect(mails).toEqual([{ kind: 'email_release', email: other }]);
  },
);

test('the other spelling can be proven by its own mail', async () => {
  await using server = await startServer();
  const { access_token: token } = await server.signUp('ada@strasse.example');
  const email = 'ada@straße.example';
  const json = { email, password: goodPassword };
  const begun = await server.send('POST', '/api/me/email/', { token, json });
  const { code } = await mailTo(server, email);
  const proof = { flow: begun.body.flow, code };
  const done = await server.send('POST', '/api/me/email/confirm/', { token, json: proof });
  expect(done).toMatchObject({ status: 200, body: { email, email_verified: true } });
  expect((await mailedCode(server, email)).code).toMatch(/^\d{6}$/);
});
