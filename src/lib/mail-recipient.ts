import { domainToASCII } from 'node:url';
import { asciiDomain, canonicalDomain } from './idna.ts';
import { foldCase } from './text.ts';

/**
 * To which mailbox the mail of an email goes. Emails are compared by IDNA 2003, where `straße.example` is
 * `strasse.example`; mail software goes by IDNA 2008 (RFC 5891), where they are two domains that two people may own.
 */

const notAscii = /[^\0-\x7f]/;

function splitAtDomain(email: string): [local: string, domain: string] {
  const at = email.lastIndexOf('@');
  return [email.slice(0, at), email.slice(at + 1)];
}

/**
 * The email that mail is sent to. It is the same for all emails that count as one account, but for the letter case of
 * an ASCII local part: so nobody is mailed who owns another spelling of a domain, or of a local part (`\u212a` for `k`).
 *
 * @param email has passed `emailField`
 */
export function mailRecipient(email: string): string {
  const [local, domain] = splitAtDomain(email);
  const canonical = canonicalDomain(domain);
  const recipient = notAscii.test(local) ? foldCase(local) : local;
  return `${recipient}@${asciiDomain(canonical) ?? canonical}`;
}

/**
 * The email as mail software reads it that knows nothing of ours: two emails with other forms may be two mailboxes,
 * though they count as one account here.
 */
export function mailboxForm(email: string): string {
  const [local, domain] = splitAtDomain(email);
  const ascii = domainToASCII(domain) || domain.toLowerCase();
  return `${notAscii.test(local) ? local : local.toLowerCase()}@${ascii}`;
}
