import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { postfixReport } from '../../../../../test/bounce-reports.ts';
import { runs } from '../../../../../test/long.ts';
import { isOfBadEmail, readDeliveryReport } from './delivery-report.ts';
import { findReturnPath, isReturnPathOf, returnPathOf } from './return-path.ts';

const to = 'bounces+12-abcdefghijklmnop@example.com';
const read = (text: string) => readDeliveryReport(Buffer.from(text, 'latin1'));

describe('a report of Postfix', () => {
  test.each([
    { encoding: '7bit', lineEnd: '\n' },
    { encoding: '7bit', lineEnd: '\r\n' },
    { encoding: 'base64', lineEnd: '\r\n' },
    { encoding: 'quoted-printable', lineEnd: '\r\n' },
  ] as const)('in $encoding', (form) => {
    const { recipients, report } = read(postfixReport({ to, ...form }));
    expect(recipients).toEqual([to, to]);
    expect(report).toEqual({
      ...{ action: 'failed', status: '5.1.1' },
      diagnostic: expect.stringMatching(/^smtp; 550 5\.1\.1 .*: User unknown in local recipient/),
    });
    expect(isOfBadEmail(report as never)).toBe(true);
  });

  test('with an mbox line in front, in another mail, or cut off in the middle', () => {
    const text = postfixReport({ to });
    expect(read(`From MAILER-DAEMON Mon Nov 30 10:00:01 2026\n${text}`).report).toBeDefined();
    const wrapped = `To: ${to}\nContent-Type: multipart/mixed; boundary=outer\n\n--outer\n${text}\n--outer--\n`;
    expect(read(wrapped).report).toMatchObject({ status: '5.1.1' });
    expect(read(text.slice(0, text.indexOf('Remote-MTA'))).report).toMatchObject({
      action: 'failed',
    });
  });
});

test('an answer of a person, an out-of-office note and an empty input are not reports', () => {
  expect(read(`To: ${to}\nSubject: Re: Reset\n\nAction: failed\nStatus: 5.1.1\n`)).toEqual({
    ...{ recipients: [to], report: undefined },
  });
  expect(read(postfixReport({ to }).replace(/^Content-Type: multipart.*$/m, 'X: y')).report).toBe(
    undefined,
  );
  expect(read('')).toEqual({ recipients: [], report: undefined });
});

test('one of the recipients that failed is enough', () => {
  const text = postfixReport({
    to,
    action: 'delivered',
    status: '2.0.0',
    diagnostic: 'smtp; 250 Ok',
  });
  const second = 'Final-Recipient: rfc822; b@example.com\nAction: failed\nStatus: 5.1.1\n';
  const both = text.replace('Diagnostic-Code: smtp; 250 Ok\n', (line) => `${line}\n${second}`);
  expect(read(both).report).toMatchObject({ action: 'failed', status: '5.1.1' });
});

test.each([
  ['5.1.1', 'smtp; 550 5.1.1 No such user', true],
  ['5.1.10', 'smtp; 556 5.1.10 Recipient address has null MX', true],
  ['5.1.2', 'X-Postfix; Host not found', true],
  ['5.2.1', 'smtp; 550 5.2.1 The email account is disabled', true],
  ['5.4.4', 'X-Postfix; Host or domain name not found', true],
  ['5.0.0', 'smtp; 550 No such mailbox', true],
  ['', 'smtp;550 unknown user', true],
  ['5.1.8', "smtp; 550 5.1.8 Sender's domain does not exist", false],
  ['5.2.2', 'smtp; 552 5.2.2 Mailbox full', false],
  ['5.7.1', 'smtp; 550 5.7.1 Message rejected as spam', false],
  ['5.0.0', 'smtp; 550-5.7.1 Blocked', false],
  ['5.0.0', 'smtp; 554 Rejected', false],
  ['5.4.7', 'smtp; 451 4.7.1 Try later', false],
])('%s, %s: the email does not exist: %s', (status, diagnostic, isBad) => {
  const { report } = read(postfixReport({ to, status, diagnostic }));
  expect(isOfBadEmail(report as never)).toBe(isBad);
  const late = read(postfixReport({ to, status, diagnostic, action: 'delayed' })).report;
  expect(isOfBadEmail(late as never)).toBe(false);
});

test('whatever bytes there are, something is read, and what is read is short and plain', () => {
  const check = (bytes: Uint8Array) => {
    const { recipients, report } = readDeliveryReport(bytes);
    expect(recipients.length).toBeLessThanOrEqual(4);
    if (!report) return;
    expect(report.action).toMatch(/^\w*$/);
    expect(report.status).toMatch(/^(?:[245]\.\d{1,3}\.\d{1,3})?$/);
    expect(report.diagnostic).toMatch(/^[\x20-\x7e]{0,400}$/);
  };
  const sample = Buffer.from(postfixReport({ to }), 'latin1');
  const words = ['\n', '\n\n', '--b', '--b--', 'Content-Type: ', 'multipart/report; boundary=b'];
  const more = ['message/delivery-status', 'Action: failed', 'Status: 5.1.1', 'To: a', ' ', '\t:'];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => check(bytes)),
    { numRuns: runs(300) },
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words, ...more), { maxLength: 60 }), (parts) =>
      check(Buffer.from(parts.join(''))),
    ),
    { numRuns: runs(500) },
  );
  // A real one with some bytes changed, taken out or put in.
  const place = fc.nat(sample.length - 1);
  fc.assert(
    fc.property(place, fc.nat(200), fc.uint8Array({ maxLength: 20 }), (at, length, put) =>
      check(Buffer.concat([sample.subarray(0, at), put, sample.subarray(at + length)])),
    ),
    { numRuns: runs(500) },
  );
});

test('a large input, deep or wide, is read to its limit', () => {
  const deep = Array.from(
    { length: 50 },
    (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\n\n--b${n}\n`,
  );
  expect(read(deep.join('') + postfixReport({ to })).report).toBeUndefined();
  const wide = `Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(100_000)}`;
  expect(read(wide).report).toBeUndefined();
  for (const text of ['=', '\n', ' ', 'a: b\n c\n', ';boundary=', '--', '\n\n ']) {
    read(`Content-Type: message/delivery-status\n\n${text.repeat(1_000_000 / text.length)}`);
    read(text.repeat(1_000_000 / text.length));
  }
});

describe('a return path', () => {
  const mail = { id: 12, messageId: '<a@example.com>', email: 'ada@example.com' };
  const secret = 'a secret that is long enough';
  const path = returnPathOf('bounces@example.com', secret, mail);

  test('names its mail, also where a mail server writes it in capitals', () => {
    expect(path).toMatch(/^bounces\+12-[a-z2-7]{16}@example\.com$/);
    for (const text of [path, path.toUpperCase(), `"x" <${path}>`]) {
      const found = findReturnPath(text);
      expect(found && isReturnPathOf(found, ['another', secret], mail)).toBe(true);
    }
  });

  test('is of no other mail, and of no other secret', () => {
    const found = findReturnPath(path) as NonNullable<ReturnType<typeof findReturnPath>>;
    expect(isReturnPathOf(found, [secret], { ...mail, id: 13 })).toBe(false);
    expect(isReturnPathOf(found, [secret], { ...mail, email: 'b@example.com' })).toBe(false);
    expect(isReturnPathOf(found, ['another'], mail)).toBe(false);
    expect(findReturnPath('bounces+12@example.com')).toBeUndefined();
    expect(findReturnPath('bounces+0-abcdefghijklmnop@example.com')).toBeUndefined();
  });

  test('is short enough for every mail', () => {
    const longest = returnPathOf(`${'b'.repeat(30)}@example.com`, secret, {
      ...mail,
      id: 999_999_999_999_999,
    });
    expect(longest.indexOf('@')).toBeLessThanOrEqual(64);
  });
});
