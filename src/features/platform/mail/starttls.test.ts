import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../../../test/eventually.ts';
import { send, startServer } from '../../../../test/harness.ts';
import { startMailServer } from '../../../../test/mail-server.ts';
import { type Certificate, makeCertificate } from '../../../../test/postgres/make-certificate.ts';
import type { MailDelivery } from '../../../lib/mail-delivery.ts';

/** STARTTLS with a real SMTP server that is not on this machine, as far as the sender knows. */

const standard = getCACertificates('default');
let known: Certificate;
let unknown: Certificate;

beforeAll(() => {
  known = makeCertificate('localhost');
  unknown = makeCertificate('localhost');
  setDefaultCACertificates([...standard, known.certificate]);
});
afterAll(() => setDefaultCACertificates(standard));

const accounts = { user: 'relay', password: 'swordfish' };
const times = { pollMs: 20, wakeMs: 0, leaseMs: 60_000, attemptMs: 45_000, stopMs: 100 };

/** An SMTP server with one account, and a server that sends by it. */
async function startBoth(certificate: Certificate | undefined) {
  const stack = new AsyncDisposableStack();
  const passwords: string[] = [];
  const mails = stack.use(
    await startMailServer({
      ...(certificate
        ? { disabledCommands: [], cert: certificate.certificate, key: certificate.key }
        : { disabledCommands: ['STARTTLS'], allowInsecureAuth: true }),
      onAuth({ username, password }, _session, answer) {
        passwords.push(String(password));
        answer(null, { user: username });
      },
    }),
  );
  const mail: MailDelivery = {
    by: 'smtp',
    server: { ...mails.server, ...accounts, host: 'localhost', isLocal: false },
    from: { name: '', email: 'no-reply@mail.example' },
  };
  const server = stack.use(
    await startServer({ mail, publicUrl: 'https://auth.example.com/', deliveryTimes: times }),
  );
  const { email } = await server.signUp('ada@mailbox.dev');
  const ask = () => send(server.origin, 'POST', '/api/password-reset/', { json: { email } });
  const reply = async () => {
    const rows = server.deps.database.db.selectFrom('outbox').select(['state', 'last_reply']);
    return (await rows.orderBy('id', 'desc').execute())[0];
  };
  expect((await ask()).status).toBe(202);
  return {
    ...{ mails, passwords, reply, email },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

test('a mail, and the password of the account, go over TLS', async () => {
  await using both = await startBoth(known);
  const { to, isEncrypted, user } = await both.mails.next();
  expect({ to, isEncrypted, user }).toEqual({ to: [both.email], isEncrypted: true, user: 'relay' });
});

test('nothing goes to a server that offers no STARTTLS, or whose certificate nobody knows: it waits', async () => {
  for (const [certificate, says] of [
    [undefined, /STARTTLS|not recognized/],
    [unknown, /self.signed|certificate/i],
  ] as const) {
    await using both = await startBoth(certificate);
    await until(async () => (await both.reply())?.last_reply);
    expect(await both.reply()).toMatchObject({
      ...{ state: 'pending', last_reply: expect.stringMatching(says) },
    });
    expect(both.passwords).toEqual([]);
    expect(both.mails.received).toEqual([]);
  }
});
