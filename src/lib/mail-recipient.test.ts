import { expect, test } from 'vitest';
import { mailboxForm, mailRecipient } from './mail-recipient.ts';

test.each([
  ['Ada@example.com', 'Ada@example.com'],
  ['a@bücher.example', 'a@xn--bcher-kva.example'],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kva.example'],
  ['a@straße.example', 'a@strasse.example'],
  ['a@xn--strae-oqa.example', 'a@strasse.example'],
  ['a@ος.example', 'a@xn--0xai.example'],
  ['a@xn--0xag.example', 'a@xn--0xai.example'],
  ['a@exam\u200dple.com', 'a@example.com'],
  ['a@ｅｘａｍｐｌｅ．ｃｏｍ', 'a@example.com'],
  ['jac\u212a@example.com', 'jack@example.com'],
  ['"\u017f"@example.com', '"s"@example.com'],
  ['a@[::1]', 'a@[::1]'],
  ['a@localhost', 'a@localhost'],
])('mail for %j goes to %s', (email, recipient) => {
  expect(mailRecipient(email)).toBe(recipient);
  expect(mailRecipient(recipient)).toBe(recipient);
});

test.each([
  ['Ada@example.com', 'ADA@example.com', true],
  ['a@müller.example', 'a@xn--mller-kva.example', true],
  ['a@straße.example', 'a@xn--strae-oqa.example', true],
  ['a@straße.example', 'a@strasse.example', false],
  ['a@ος.example', 'a@οσ.example', false],
  ['a@exam\u200dple.com', 'a@example.com', false],
  ['jac\u212a@example.com', 'jack@example.com', false],
])('%j and %j are one mailbox to all mail software: %s', (one, other, isOne) => {
  expect(mailboxForm(one) === mailboxForm(other)).toBe(isOne);
});
