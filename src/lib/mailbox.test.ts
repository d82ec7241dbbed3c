import { expect, test } from 'vitest';
import { isReservedDomain, mailboxOf } from './mailbox.ts';

test.each([
  ['ada@a.example', 'ada@a.example'],
  ['ada+shop@a.example', 'ada@a.example'],
  ['ada+shop+1@a.example', 'ada@a.example'],
  ['"ada"@a.example', 'ada@a.example'],
  ['"\\ada"@a.example', 'ada@a.example'],
  ['"a\\d\\a+x"@a.example', 'ada@a.example'],
  ['"ada@b"@a.example', 'ada@b@a.example'],
  ['"a\\"da"@a.example', 'a"da@a.example'],
  ['+shop@a.example', '+shop@a.example'],
  ['""@a.example', '@a.example'],
])('%s is read in the mailbox %s', (email, mailbox) => {
  expect(mailboxOf(email)).toBe(mailbox);
});

test.each([
  ...['example', 'a.test', 'a.invalid', 'localhost', 'a.localhost', 'x.onion'],
  ...['example.com', 'mail.EXAMPLE.org'],
])('%s is reserved', (domain) => {
  expect(isReservedDomain(domain)).toBe(true);
});

test.each(['example.de', 'myexample.com', 'test.com', 'printer.local', 'contest'])(
  '%s is not',
  (domain) => {
    expect(isReservedDomain(domain)).toBe(false);
  },
);
