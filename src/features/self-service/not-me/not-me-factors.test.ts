import { afterAll, expect, test } from 'vitest';
import { addApp } from '../../../../test/authenticator.ts';
import { resetToken, waitingReset } from '../../../../test/factor-resets.ts';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { mailTo } from '../../../../test/mailed-codes.ts';

/** What a report does with factors that a thief may have added. */

const server = await startServer();
afterAll(() => server[Symbol.asyncDispose]());
const { db } = server.deps.database;

async function noticeTo({ email }: SignedUp) {
  const { kind, text, code } = await mailTo(server, email);
  return { kind, code, token: /not-me\/\?token=(\S+)/.exec(text)?.[1] ?? '' };
}

const appsOf = async ({ id }: SignedUp) =>
  (await db.selectFrom('authenticator_apps').select('id').where('user_id', '=', id).execute()).map(
    ({ id: appId }) => appId,
  );

const report = async ({ token, code }: { token: string; code: string }) =>
  server.send('POST', '/api/not-me/', { json: { token, code } });

test('a report of an added factor removes it, and those that came after it; older ones stay', async () => {
  const user = await server.signUp();
  const own = await addApp(server, user);
  server.clock.advance(5_000);
  await addApp(server, user);
  const notice = await noticeTo(user);
  await addApp(server, user);
  expect(notice.kind).toBe('factor_added');
  expect((await report(notice)).status).toBe(200);
  expect(await appsOf(user)).toEqual([own.id]);
  const { factor_epoch, factor_level } = await db
    .selectFrom('users')
    .select(['factor_epoch', 'factor_level'])
    .where('id', '=', user.id)
    .executeTakeFirstOrThrow();
  expect([factor_epoch, factor_level]).toEqual([1, 2]);
  const events = await db
    .selectFrom('audit_events')
    .select(['details', 'actor_id'])
    .where('kind', '=', 'factors.dropped')
    .where('user_id', '=', user.id)
    .execute();
  expect(events).toEqual([{ actor_id: user.id, details: '{"authenticator_apps":2,"passkeys":0}' }]);
});

test('where they were the only ones, the mailed reset needs no factor', async () => {
  const user = await server.signUp();
  await addApp(server, user);
  const { body } = await report(await noticeTo(user));
  expect(await appsOf(user)).toEqual([]);
  const codes = await db
    .selectFrom('recovery_codes')
    .select('id')
    .where('user_id', '=', user.id)
    .execute();
  expect(codes).toEqual([]);
  const { code } = await mailTo(server, user.email);
  const json = { flow: body.flow, code, password: 'a quite new horse' };
  expect((await server.send('POST', '/api/password-reset/confirm/', { json })).status).toBe(200);
  const login = { email: user.email, password: 'a quite new horse' };
  expect((await server.send('POST', '/api/login/', { json: login })).status).toBe(200);
});

test('after three days a report removes no factor', async () => {
  const user = await server.signUp();
  const { id } = await addApp(server, user);
  const notice = await noticeTo(user);
  server.clock.advance(3 * 86_400_000);
  expect((await report(notice)).status).toBe(200);
  expect(await appsOf(user)).toEqual([id]);
});

test('an undo of a changed email removes the factors that were added since', async () => {
  const user = await server.signUp();
  const own = await addApp(server, user);
  server.clock.advance(5_000);
  const { access_token: token } = user;
  const json = { email: `thief.${user.email}`, password: goodPassword };
  await server.send('PUT', '/api/me/', { token, json: { email: json.email } });
  const { text } = await mailTo(server, user.email);
  await addApp(server, user);
  const undo = /account\/undo\/\?token=([\w-]{43})/.exec(text)?.[1] ?? '';
  const undone = await server.send('POST', '/api/email-undo/', { json: { token: undo } });
  expect(undone.status).toBe(200);
  expect(await appsOf(user)).toEqual([own.id]);
});

test('the notice of a reset that went to an email from before cancels nothing', async () => {
  const admin = await server.signUpAdmin('superuser');
  const id = await waitingReset(server, admin.access_token);
  const token = await resetToken(server, id);
  const email = 'moved@example.com';
  const moved = { email, email_normalized: email };
  await db.updateTable('users').set(moved).where('id', '=', id).execute();
  const answer = await server.send('POST', '/api/factor-reset/cancel/', { json: { token } });
  expect([answer.status, answer.body.code]).toEqual([400, 'invalid_link_token']);
  const waiting = await db
    .selectFrom('factor_resets')
    .select('id')
    .where('user_id', '=', id)
    .execute();
  expect(waiting).toHaveLength(1);
  const events = await db
    .selectFrom('audit_events')
    .select('id')
    .where('kind', '=', 'factors.reset_cancelled')
    .where('user_id', '=', id)
    .execute();
  expect(events).toEqual([]);
});
