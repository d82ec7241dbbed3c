import { resolveMx, resolveTxt } from 'node:dns/promises';
import type { Config } from '../../config/config.ts';
import { isLocal } from '../../config/network-config.ts';
import {
  checkAddedTexts,
  checkSmtpServer,
  missingTexts,
} from '../../features/platform/mail/index.ts';
import type { MailDelivery } from '../../lib/mail-delivery.ts';
import { countOf } from '../../lib/words.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

const check = 'mail';

/**
 * Whether mail can be sent: connects with TLS and password, and sends nothing.
 *
 * @param options.dns whether other machines are asked what they know of the sender's domain
 */
export async function examineMail(
  config: Config,
  options: { readonly dns: boolean },
): Promise<Finding[]> {
  return [...(await examineDelivery(config, options)), ...(await examineTexts(config))];
}

/** Whether the texts of an operator's file can be used, and which languages lack some. */
async function examineTexts({ mailTexts }: Config): Promise<Finding[]> {
  const { added, problems: wrong } = await checkAddedTexts(mailTexts);
  const advice =
    'Correct the file that LATCHKEY_MAIL_TEXTS names; the server does not start with it.';
  const problems = wrong.map((text) => problem(check, `text of mails: ${text}`, advice));
  if (problems.length > 0) return problems;
  return Object.keys(added).map((locale) => {
    const missing = missingTexts(added, locale);
    if (missing.length === 0) return ok(check, `texts in ${locale} are complete`);
    return warning(
      check,
      `${countOf(missing.length, 'text')} in ${locale} missing, and so in English: ${listed(missing)}`,
      `Add them to the file that LATCHKEY_MAIL_TEXTS names. To see all: latchkey mail-texts list ${locale}`,
    );
  });
}

/** A few names; a language that is new lacks nearly all. */
function listed(names: readonly string[]): string {
  const shown = 5;
  const others = names.length - shown;
  return others < 2 ? names.join(', ') : `${names.slice(0, shown).join(', ')} and ${others} others`;
}

async function examineDelivery(
  { mail, host }: Config,
  options: { readonly dns: boolean },
): Promise<Finding[]> {
  if (!mail) {
    return [
      warning(
        check,
        'there is none: nobody can reset a password or confirm an email',
        'Name an SMTP server in LATCHKEY_SMTP_URL, and a sender in LATCHKEY_MAIL_FROM.',
      ),
    ];
  }
  if (mail.by === 'nobody') {
    return [
      ok(
        check,
        `stays in the outbox, because ${host} serves this machine alone: latchkey mail list`,
      ),
    ];
  }
  const findings = [await examineServer(mail), ...examineSender(mail)];
  return options.dns ? [...findings, ...(await examineDomain(mail.from.email))] : findings;
}

type SmtpDelivery = MailDelivery & { readonly by: 'smtp' };

async function examineServer({ server }: SmtpDelivery): Promise<Finding> {
  const name = `${server.host}:${server.port}`;
  try {
    await checkSmtpServer(server);
    const how = [
      server.isImplicitTls || !server.isLocal ? 'with TLS' : 'on this machine',
      ...(server.user === undefined ? [] : ['signed in']),
    ].join(', ');
    return ok(check, `${name} answers (${how})`);
  } catch (error) {
    return problem(check, `${name} cannot be used: ${(error as Error).message}`, adviceOf(error));
  }
}

function adviceOf(error: unknown): string {
  switch ((error as { code?: string }).code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return 'Look at user and password in LATCHKEY_SMTP_URL; both are percent-encoded.';
    case 'ETLS':
      return 'The server has to offer STARTTLS (or be named as smtps://) with a certificate for its name.';
    default:
      return 'Look at host and port in LATCHKEY_SMTP_URL. Until it answers, mail waits in the outbox.';
  }
}

const domainOf = (email: string) => (email.split('@')[1] ?? '').toLowerCase();

/** Whether one domain is the other, or below it. */
const isAligned = (one: string, other: string) =>
  one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`);

/** Receivers compare the sender with who handed the mail in (RFC 7489 3.1). */
function examineSender({ from, server }: SmtpDelivery): Finding[] {
  const domain = domainOf(from.email);
  const signedInAs = domainOf(server.user ?? '');
  if (isLocal(domain)) {
    const advice = 'Name an email of your domain in LATCHKEY_MAIL_FROM.';
    return [warning(check, `comes from ${from.email}, which nobody else knows`, advice)];
  }
  if (signedInAs === '' || isAligned(domain, signedInAs)) return [];
  return [
    warning(
      check,
      `comes from ${domain}, and is handed in for ${signedInAs}: receivers may take it for forged`,
      'Name an email of the same domain in LATCHKEY_MAIL_FROM, or let the relay sign for it (DKIM).',
    ),
  ];
}

/** @throws what it is given, unless that says that there is no such record */
function none(error: unknown): [] {
  if (['ENOTFOUND', 'ENODATA'].includes((error as { code?: string }).code ?? '')) return [];
  throw error;
}

async function examineDomain(email: string): Promise<Finding[]> {
  const domain = domainOf(email);
  const has = async (look: Promise<unknown[]>, isIt: (record: string) => boolean) =>
    (await look.catch(none)).some((record) => isIt([record].flat().join('')));
  let found: boolean[];
  try {
    found = await Promise.all([
      has(resolveTxt(domain), (text) => /^v=spf1\b/i.test(text)),
      has(resolveTxt(`_dmarc.${domain}`), (text) => /^v=DMARC1\b/i.test(text)),
      has(resolveMx(domain), () => true),
    ]);
  } catch (error) {
    const advice = 'Look at the network and the DNS servers of this machine.';
    return [warning(check, `the DNS does not answer: ${(error as Error).message}`, advice)];
  }
  const [spf, dmarc, mx] = found;
  const records = [
    ...(spf ? [] : ['SPF (RFC 7208)']),
    ...(dmarc ? [] : ['DMARC (RFC 7489)']),
    ...(mx ? [] : ['MX, so that bounces arrive nowhere']),
  ];
  if (records.length === 0) return [ok(check, `${domain} has records of SPF, DMARC and MX`)];
  return [
    warning(
      check,
      `${domain} has no record of ${records.join(', none of ')}`,
      'Receivers may refuse mail that comes from it. Ask your mail provider for these DNS records.',
    ),
  ];
}
