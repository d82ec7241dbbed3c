import { isIP, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import {
  type FieldCheck,
  maxLength,
  noLoneSurrogate,
  noNul,
  type TextField,
} from '../../lib/fields.ts';

export const emailMaxLength = 254;
const malformed = 'Enter a valid email address.';

// The addresses of the contract: what SMTP can carry (RFC 5321 4.1.2) with a domain of two labels
// or more, `localhost`, or an address literal.
const atom = "[-!#$%&'*+/=?^_`{}|~0-9a-z]+";
const dotAtom = new RegExp(`^${atom}(?:\\.${atom})*$`, 'i');
const quoted =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 5321 allows them when quoted
  /^"(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-[\]-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"$/i;
const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const domain = new RegExp(`^(?:${label}\\.)+[a-z0-9-]{2,63}(?<!-)$`, 'i');
const literal = /^\[([0-9a-f:.]+)\]$/i;

/** Whether a text has the form of an e-mail address. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  if (at < 0 || text.length > 320) return false;
  const local = text.slice(0, at);
  return (dotAtom.test(local) || quoted.test(local)) && isMailDomain(text.slice(at + 1));
}

function isMailDomain(text: string): boolean {
  if (text === 'localhost' || domain.test(text)) return true;
  const address = literal.exec(text)?.[1];
  if (address !== undefined) return isIP(address) !== 0 || isIPv6(address);
  // An internationalised domain is good where its ASCII form is (RFC 5891).
  return /[^\0-\x7f]/.test(text) && text.isWellFormed() && domain.test(domainToASCII(text));
}

const form: FieldCheck = (text) => (isEmailAddress(text) ? undefined : malformed);

export const emailField: TextField = {
  notText: malformed,
  checks: [noNul, noLoneSurrogate, maxLength(emailMaxLength), form],
};

/** What two spellings of one address have in common; the unique index is on it. */
export function normalizeEmail(email: string): string {
  return email.normalize('NFKC').toLowerCase().normalize('NFKC');
}
