import { isIP } from 'node:net';
import { Type } from 'typebox';
import {
  type FieldCheck,
  maxLength,
  noLoneSurrogate,
  noNul,
  textField,
} from '../../../contract/text-fields.ts';
import { asciiDomain, canonicalDomain } from '../../../lib/idna.ts';
import { mailboxForm } from '../../../lib/mail-recipient.ts';
import { codePointLength, foldCase } from '../../../lib/text.ts';

export const emailMaxLength = 254;
const malformed = 'Enter a valid email address.';

/** The longest there can be (RFC 3696 3). */
const formMaxLength = 320;

// The emails of the contract: what SMTP can carry (RFC 5321 4.1.2) with a domain of two labels
// or more, `localhost`, or an address literal. Of the letters beyond ASCII, those four are let pass
// that differ by their case alone from one in ASCII: the clients' own validator does.
const letters = 'a-z\\u0130\\u0131\\u017f\\u212a';
const atom = `[-!#$%&'*+/=?^_\`{}|~0-9${letters}]+`;
const dotAtom = new RegExp(`^${atom}(?:\\.${atom})*$`, 'i');
const quotedText = `[\\x01-\\x08\\x0b\\x0c\\x0e-\\x1f!#-[\\]-\\x7f${letters}]`;
const quotedPair = `\\\\[\\x01-\\x09\\x0b\\x0c\\x0e-\\x7f${letters}]`;
const quoted = new RegExp(`^"(?:${quotedText}|${quotedPair})*"$`, 'i');
const label = `[0-9${letters}](?:[-0-9${letters}]{0,61}[0-9${letters}])?`;
const domain = new RegExp(`^(?:${label}\\.)+[-0-9${letters}]{2,63}(?<!-)$`, 'i');
/** No longer than an IPv6 address in full. */
const literal = /^\[([0-9a-f:.]{1,39})\]$/i;

/** Whether a text has the form of an email. */
export function isEmail(text: string): boolean {
  if (codePointLength(text) > formMaxLength || !hasMailbox(text)) return false;
  return isMailDomain(text.slice(text.lastIndexOf('@') + 1));
}

/** Whether what stands before the `@` has the form, which is the same in any letter case. */
export function hasMailbox(text: string): boolean {
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  return at >= 0 && (dotAtom.test(local) || quoted.test(local));
}

function isMailDomain(text: string): boolean {
  if (text === 'localhost' || isDomainOrLiteral(text)) return true;
  const ascii = asciiDomain(text);
  return ascii !== undefined && isDomainOrLiteral(ascii);
}

function isDomainOrLiteral(text: string): boolean {
  return domain.test(text) || isIP(literal.exec(text)?.[1] ?? '') !== 0;
}

const form: FieldCheck = (text) => (isEmail(text) ? undefined : malformed);

export const emailField = textField(
  {
    notText: malformed,
    checks: [noNul, noLoneSurrogate, maxLength(emailMaxLength), form],
    kept: withLowerCaseDomain,
  },
  Type.String({ format: 'email', maxLength: emailMaxLength, examples: ['ada@example.com'] }),
);

/** What stands before the `@` is the mail server's affair, and stays as typed (RFC 5321 2.4). */
function withLowerCaseDomain(email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, at)}${email.slice(at).toLowerCase()}`;
}

/**
 * What the spellings of one email have in common; the unique index is on it. The domain is in Unicode: a
 * person types `müller.example`, and the email field of a browser makes `xn--mller-kva.example` of it.
 */
export function normalizeEmail(email: string): string {
  const at = email.lastIndexOf('@');
  if (at < 0) return foldCase(email);
  return `${foldCase(email.slice(0, at))}@${canonicalDomain(email.slice(at + 1))}`;
}

/**
 * Whether a proof of one email is one of the other: they are spellings of one email here, and one mailbox to any other
 * mail software.
 */
export function isSameMailbox(one: string, other: string): boolean {
  return normalizeEmail(one) === normalizeEmail(other) && mailboxForm(one) === mailboxForm(other);
}
