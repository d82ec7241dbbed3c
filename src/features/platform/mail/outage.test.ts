import { expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { goodPassword, type SignedUp, startServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';

/** The SMTP server is away for an hour: nothing is lost, and no code is sent that is not valid any more. */

const times = { pollMs: 20, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 };
const minuteMs = 60_000;

test('an hour without an SMTP server loses nothing, and sends no code after its time', async () => {
  await using mails = await startMailServer();
  await using server = await startServer({
    mail: mails.delivery,
    publicUrl: 'https://auth.example.com/',
    deliveryTimes: times,
    pinned: { ACCESS_TOKEN_LIFETIME: 7 * 86_400 },
  });
  const { db } = server.deps.database;
  const users = [await server.signUp(), await server.signUp(), await server.signUp()];
  const [early, late, told] = users as [SignedUp, SignedUp, SignedUp];
  const ask = (email: string) => server.send('POST', '/api/password-reset/', { json: { email } });
  const isTried = async (email: string) => {
    const row = await db
      .selectFrom('outbox')
      .select('attempts')
      .where('email', '=', email)
      .executeTakeFirstOrThrow();
    return row.attempts > 0;
  };

  await mails.close();
  expect((await ask(early.email)).status).toBe(202);
  await until(() => isTried(early.email));
  const json = { current_password: goodPassword, new_password: 'a quite new horse' };
  const changed = await server.send('POST', '/api/me/password/', {
    ...{ token: told.access_token, json },
  });
  expect(changed.status).toBe(200);
  server.clock.advance(55 * minuteMs);
  expect((await ask(late.email)).status).toBe(202);
  // An attempt that has begun in time may end after it: the mail server is there only when none is under way.
  const isAtIt = async () => {
    const leased = db.selectFrom('outbox').select('id').where('leased_until_ms', '>', 0);
    return (await leased.where('state', '=', 'pending').execute()).length > 0;
  };
  await until(async () => !(await isAtIt()));
  server.clock.advance(5 * minuteMs);
  await mails.listen();

  // The one that waits may be tried when the breaker lets it, by a clock that no test moves: an operator says now.
  const { access_token: token } = await server.signUpAdmin('superuser');
  const states = () => db.selectFrom('outbox').select(['id', 'email', 'kind', 'state']).execute();
  await until(async () => {
    const waiting = (await states()).find(
      (row) => row.state === 'pending' && row.email !== early.email,
    );
    if (!waiting) return true;
    await server.send('POST', `/api/admin/mail/${waiting.id}/resend/`, { token });
    return false;
  });
  expect(mails.received.map(({ to }) => to[0]).sort()).toEqual([late.email, told.email].sort());
  const { sweepOutbox } = await import('./index.ts');
  await sweepOutbox(server.deps).run({ isHeld: () => true });
  const row = (await states()).find(({ email }) => email === early.email);
  expect(row).toMatchObject({ kind: 'password_reset', state: 'dead' });
});
