/**
 * The mailbox of an email, as far as its spelling tells: `"ada"@`, `ada+shop@` and `ada@` are read by one person. For
 * counting alone, because another server decides what it delivers where.
 */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@');
  const local = unquoted(email.slice(0, at));
  const [, before = local] = /^([^+]+)\+/.exec(local) ?? [];
  return `${before}${email.slice(at)}`;
}

/** A local part without its quotes (RFC 5321 4.1.2), which say nothing (RFC 5321 2.4). */
function unquoted(local: string): string {
  if (!local.startsWith('"')) return local;
  return local.slice(1, -1).replace(/\\([\s\S])/g, '$1');
}

/**
 * Names that nobody on the internet has (RFC 2606 2 and 3, RFC 6761 6, RFC 7686). Not those that networks of their own
 * give to real hosts, such as `.local`.
 */
const reserved = /(?:^|\.)(?:test|example|invalid|localhost|onion|example\.(?:com|net|org))$/i;

/** Whether no mail can get to a domain, wherever it is sent from, because its name is reserved. */
export function isReservedDomain(domain: string): boolean {
  return reserved.test(domain);
}
