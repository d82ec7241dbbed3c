import { afterAll, expect, test } from 'vitest';
import { put } from '../../../../test/email-changes.ts';
import { goodPassword, startServer } from '../../../../test/harness.ts';
import { up } from '../../../db/migrations/0159-given-former-emails.ts';
import { issueSetupToken } from '../setup/index.ts';

/** Emails that were given before the server knew of it: the migration marks those alone of which that is certain. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

test('the migration marks emails that the operator, an administrator or the setup gave, and nobody changed', async () => {
  const token = await issueSetupToken(server.deps);
  const first = { token, email: 'setup@example.com', password: goodPassword };
  expect((await server.send('POST', '/api/setup/', { json: first })).status).toBe(201);
  const { access_token: admin } = await server.signUpAdmin('superuser');
  const create = async (email: string) => {
    const json = { email, password: goodPassword };
    await server.send('POST', '/api/admin/users/', { token: admin, json });
    return (await server.send('POST', '/api/login/', { json })).body;
  };
  await create('given@example.com');
  await put(server, await create('left@example.com'), 'entered@example.com');
  await put(server, await create('long-left@example.com'), 'long-entered@example.com');
  await server.signUp('registered@example.com');
  const { id } = await server.signUp('renamed@example.com');
  const json = { username: 'renamed' };
  await server.send('PATCH', `/api/admin/users/${id}/`, { token: admin, json });

  const given = await db.transaction().execute(async (trx) => {
    // As it was before.
    await trx.schema.alterTable('former_emails').dropColumn('is_email_given').execute();
    await trx.updateTable('users').set({ is_email_given: 0 }).execute();
    // Changed when it was not noted yet since when a user has an email.
    await trx
      .updateTable('users')
      .set({ email_set_at_ms: null })
      .where('email', '=', 'long-entered@example.com')
      .execute();
    await up(trx as never);
    return trx
      .selectFrom('users')
      .select('email')
      .where('is_email_given', '=', 1)
      .orderBy('id')
      .execute();
  });
  expect(given.map(({ email }) => email)).toEqual(['setup@example.com', 'given@example.com']);
  const kept = await db.selectFrom('former_emails').select('is_email_given').distinct().execute();
  expect(kept).toEqual([{ is_email_given: 0 }]);
});
