import type { SMTPServerOptions } from 'smtp-server';
import { expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { startServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';

/** Connections to a real SMTP server, over which several mails go. */

const times = { pollMs: 20, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 };

async function startBoth(options: SMTPServerOptions = {}) {
  const stack = new AsyncDisposableStack();
  const mails = stack.use(await startMailServer(options));
  const server = stack.use(
    await startServer({
      ...{ mail: mails.delivery, publicUrl: 'https://auth.example.com/', deliveryTimes: times },
    }),
  );
  const { db } = server.deps.database;
  /** Asks for a mail to somebody new, and waits until it is known what became of it. */
  async function mail() {
    const { email } = await server.signUp();
    await server.send('POST', '/api/password-reset/', { json: { email } });
    const row = () =>
      db
        .selectFrom('outbox')
        .select(['state', 'attempts', 'last_reply'])
        .where('email', '=', email)
        .executeTakeFirstOrThrow();
    await until(async () => (await row()).state !== 'pending');
    return row();
  }
  return { mails, mail, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

const sent = { state: 'sent', attempts: 1, last_reply: '250 Taken by the test' };

test('one takes one mail after the other, and the next one where the server has ended it in between', async () => {
  await using both = await startBoth();
  const { mails, mail } = both;
  for (let n = 0; n < 10; n += 1) expect(await mail()).toEqual(sent);
  const { connections } = mails;
  expect(connections).toBeLessThan(10); // on a busy machine some are idle for too long
  mails.hangUp();
  expect(await mail()).toEqual(sent);
  expect(mails.connections).toBe(connections + 1);
});

test('one that the server ends when it is to take one mail more is followed by another', async () => {
  let begun = 0;
  await using both = await startBoth({
    onMailFrom(_address, _session, answer) {
      begun += 1;
      const enough = Object.assign(new Error('4.7.0 Enough for a session'), { responseCode: 421 });
      answer(begun === 2 ? enough : null);
    },
  });
  expect(await both.mail()).toEqual(sent);
  expect(await both.mail()).toEqual(sent);
  expect(begun).toBeGreaterThanOrEqual(2);
});

test('one over which a mail was refused is not used again, and the next mail goes over another', async () => {
  await using both = await startBoth();
  const { mails, mail } = both;
  mails.plan('take', { at: 'data', reply: '554 No' }, 'take');
  expect(await mail()).toEqual(sent);
  expect(await mail()).toEqual({ state: 'dead', attempts: 1, last_reply: '554 No' });
  expect(await mail()).toEqual(sent);
  expect(mails.received).toHaveLength(2);
});
