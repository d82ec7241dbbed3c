import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVisitor, textOf } from '../../../../test/account-visitor.ts';
import { goodPassword, startServer, type TestServer } from '../../../../test/harness.ts';
import { isLong } from '../../../../test/long.ts';
import { comesFrom, mailTo } from '../../../../test/mailed-codes.ts';
import { findMails, readMail } from '../../platform/mail/index.ts';

/**
 * Several requests tell no more about an email than one: every kind of email gets the same answers, and
 * causes the same writes, whatever came before.
 */

let server: TestServer;
beforeAll(async () => {
  server = await startServer({
    pinned: {
      ...{ MAIL_SIGN_IN: true, REGISTRATION_MODE: 'open', MAILS_PER_RECIPIENT: 3 },
      ...{ MAILS_PER_NETWORK: 0, LINK_TOKEN_FAILURES_PER_NETWORK: 0 },
    },
    trustedProxies: ['loopback'],
  });
});
afterAll(() => server[Symbol.asyncDispose]());

let emails = 0;
const later = () => server.clock.nowMs() + 86_400_000;

/** The kinds of emails: what is done with the account of each; undefined: there is none. */
const kinds = {
  unknown: undefined,
  known: {},
  proven: { email_verified_at_ms: 1 },
  'proven, and known': { email_verified_at_ms: 1 },
  deactivated: { is_active: 0 },
  'locked after a change': () => ({ mail_recovery_from_ms: later() }),
  'that mail came back from': { email_bounced_at_ms: 1 },
  'that mail came back from today': () => ({
    ...{ email_bounced_at_ms: 1, bounced_mail_at_ms: later() },
  }),
} as const;

async function emailOf(kind: keyof typeof kinds): Promise<string> {
  emails += 1;
  const email = `sequence${emails}@example.com`;
  const change = kinds[kind];
  if (!change) return email;
  const { db } = server.deps.database;
  const { id } = await server.signUp(email);
  await db
    .updateTable('users')
    .set({ version: 1, ...(typeof change === 'function' ? change() : change) })
    .where('id', '=', id)
    .execute();
  const known = { user_id: id, network: '192.0.2.65', last_used_at_ms: server.clock.nowMs() };
  if (kind === 'proven, and known') await db.insertInto('known_networks').values(known).execute();
  return email;
}

/** A code that was mailed to nobody. */
async function wrongCode(email: string): Promise<string> {
  const { database, settings, secretKey } = server.deps;
  const rows = (await findMails(database.db, {}, 1_000)).filter((row) => row.email === email);
  const texts = await Promise.all(
    rows.map(async (row) => (await readMail(row, { settings, secretKeys: [secretKey] })).text),
  );
  for (let code = 100_000; ; code += 1) {
    if (texts.every((text) => !text.includes(String(code)))) return String(code);
  }
}

/** What stands in the database of an email. Mails are left out: what nobody is sent is removed while a test runs. */
async function rowsOf(email: string) {
  return server.deps.database.db
    .selectFrom('flows')
    .select(['purpose', 'network', 'wrong_codes'])
    .where('email_normalized', '=', email)
    .orderBy('id')
    .execute();
}

const doors = {
  'a reset': ['/api/password-reset/', { password: goodPassword }],
  'a sign-in by mail': ['/api/login/mail/', {}],
  'a registration': ['/api/registrations/', { password: goodPassword }],
} as const;

/** A letter begins a flow, from a network of its own; a digit sends a wrong code for the flow with that number. */
const sequences = ['AABA0123300', ...(isLong ? ['A000000A01', 'AAAAAB012340'] : [])];

async function walk(door: keyof typeof doors, email: string, sequence: string) {
  const [path, others] = doors[door];
  const flows: string[] = [];
  const seen = [];
  for (const step of sequence) {
    const headers = comesFrom(`192.0.2.${step.charCodeAt(0)}`);
    const flow = flows[Number(step)];
    const sent =
      flow === undefined
        ? await server.send('POST', path, { json: { email }, headers })
        : await server.send('POST', `${path}confirm/`, {
            json: { flow, code: await wrongCode(email), ...others },
            headers,
          });
    if (typeof sent.body.flow === 'string') flows.push(sent.body.flow);
    const { status, body } = sent;
    seen.push([step, status, body.code, body.tries_left, body.expires_in, await rowsOf(email)]);
  }
  return seen;
}

describe.each(Object.keys(doors) as (keyof typeof doors)[])('%s', (door) => {
  test.each(sequences)('tells nothing by the requests %s', async (sequence) => {
    const reference = await walk(door, await emailOf('unknown'), sequence);
    expect(reference.map(([, status]) => status)).toContain(202);
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      expect([kind, await walk(door, await emailOf(kind), sequence)]).toEqual([kind, reference]);
    }
  });
});

/** `r`: another mail is asked for; a letter as above, in the one browser that there is; `0`: a wrong code is sent. */
const pageSequences = ['A0A0r0', ...(isLong ? ['A0r0r0r0'] : [])];
const pages = {
  'forgot/': ['/account/forgot/', '/account/reset/'],
  'mail-sign-in/': ['/account/mail-sign-in/', '/account/mail-sign-in/code/'],
} as const;

describe.each(Object.keys(pages) as (keyof typeof pages)[])('the pages of %s', (door) => {
  test.each(pageSequences)('tell nothing by the steps %s', async (sequence) => {
    const [first, next] = pages[door];
    const walkPages = async (email: string) => {
      const browser = createVisitor(server);
      const seen = [];
      for (const step of sequence) {
        const code = await wrongCode(email);
        const form = step === 'r' ? { action: 'resend' } : { code, password: goodPassword };
        const page = await (step === 'A'
          ? browser.submit(first, { email })
          : browser.submit(next, form));
        const text = textOf(page).replaceAll(email, 'EMAIL').replaceAll(code, 'CODE');
        seen.push([step, page.status, page.path, text, await rowsOf(email)]);
      }
      return seen;
    };
    const reference = await walkPages(await emailOf('unknown'));
    for (const kind of Object.keys(kinds) as (keyof typeof kinds)[]) {
      expect([kind, await walkPages(await emailOf(kind))]).toEqual([kind, reference]);
    }
  });
});

test.each(Object.keys(doors) as (keyof typeof doors)[])(
  '%s is mailed 50 codes a day, also where no limit is on',
  async (door) => {
    await using open = await startServer({
      pinned: { MAIL_SIGN_IN: true, REGISTRATION_MODE: 'open', RATE_LIMITS_ENABLED: false },
    });
    const email = 'often@example.com';
    if (door !== 'a registration') await open.signUp(email);
    const [path, others] = doors[door];
    const flows: string[] = [];
    for (let n = 0; n < 53; n += 1) {
      const { status, body } = await open.send('POST', path, { json: { email } });
      expect([status, Object.keys(body)]).toEqual([202, ['flow', 'expires_in']]);
      flows.push(body.flow);
    }
    const { db } = open.deps.database;
    const sent = db.selectFrom('outbox').select('id').where('state', '=', 'pending');
    expect(await sent.execute()).toHaveLength(50);
    // The last one that was sent is good, and those after it say what it says where it is not.
    const { code } = await mailTo(open, email);
    const refused = await open.send('POST', `${path}confirm/`, {
      json: { flow: flows[51], code: code === '123456' ? '123457' : '123456', ...others },
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_code', tries_left: 4 } });
    const json = { flow: flows[49], code, ...others };
    expect((await open.send('POST', `${path}confirm/`, { json })).status).toBeLessThan(300);
    open.clock.advance(86_400_000);
    await open.send('POST', path, { json: { email: 'often@example.com' } });
    const kinds = await sent.execute();
    expect(kinds.length).toBeGreaterThan(50);
  },
);
