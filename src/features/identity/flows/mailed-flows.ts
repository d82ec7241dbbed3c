import { declareBody } from '../../../contract/declare-body.ts';
import type { Body } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import type { MailContext } from '../../../http/mail-context.ts';
import type { Visitor } from '../../../http/visitor.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import {
  emailField,
  findUserByEmail,
  isReachedByMail,
  normalizeEmail,
  type User,
} from '../users/index.ts';
import { findFlow } from './find-flow.ts';
import { flowLink } from './flow-links.ts';
import type { Purpose } from './flows.queries.ts';
import { undoCode } from './releases.ts';
import {
  type BegunFlow,
  flowSeconds,
  renewFlow,
  type StartedFlow,
  startFlow,
} from './start-flow.ts';

/** Flows that anybody can begin who names an email: nothing of them tells whether the email has an account. */

/** Who asks for a mail. */
export interface Asker extends Visitor, MailContext {
  /** Where the account pages lead once the flow is done; has passed their check. */
  readonly returnTo?: string | undefined;
}

/** What a flow can be for that is begun without a session. The mail of each is a message of the same kind. */
export type MailedPurpose = Extract<Purpose, 'password_reset' | 'mail_sign_in'>;

/** Declares the body that begins such a flow. */
export const declareEmailBody = (options: { readonly title: string }) =>
  declareBody({ email: emailField }, options);

const emailBody = declareEmailBody({ title: 'Email' });

type MailedFlowDeps = Deps & { readonly limits: Limits; readonly mail: Mail };

/** Whether a user has signed in from a network lately. @param userId 0: nobody; looked for all the same */
export type IsKnownNetwork = (userId: number, network: string) => Promise<boolean>;

/**
 * Begins a flow, and mails its code to the account of an email. Of an email that nobody has, of an account that
 * was deactivated, or has the email since it was changed lately without the password, and of an email that has been
 * sent too many mails the answer is the same, and so are the rows that are written and those that are voided.
 *
 * Who asks to reset the password of an account that has the email by an access token alone may be its owner, who has
 * to wait, or a stranger whose email it is: the mail has a link that takes the email off the account.
 *
 * @throws AppError `mail_not_configured`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function beginMailedFlow(
  deps: MailedFlowDeps & { readonly isKnownNetwork: IsKnownNetwork },
  asker: Asker,
  purpose: MailedPurpose,
  body: Body,
): Promise<BegunFlow> {
  const { database, clock, mail, limits } = deps;
  mail.requireAvailable();
  const { network, returnTo } = asker;
  await limits.count('MAILS_PER_NETWORK', network);
  const { email: typed } = emailBody.read(body);
  const email = normalizeEmail(typed);
  const isWithinLimits = await mail.isWithinLimits(email);
  const owner = await findUserByEmail(database.db, email);
  const mayReceive = isWithinLimits || (await isWithinOwnLimit(deps, owner, email, network));
  const whom = mayReceive ? await addresseeOf(deps, owner, email, purpose) : undefined;
  // What was sent before stays good where no more is sent. It goes by the one limit that says nothing of an account.
  const voids = isWithinLimits ? 'of network' : 'none';
  const flow = await database.transactTogether(async (trx) => {
    const nowMs = clock.nowMs();
    const userId = whom?.user.id ?? null;
    const isDecoy = whom?.gets !== 'code';
    // Somebody else who asks for the same account voids nothing of what its owner was sent.
    const about = { purpose, userId, isDecoy, email, network, returnTo, voids } as const;
    const started = await startFlow(trx, deps, { ...about, nowMs });
    await writeCode(trx, deps, asker, { ...started, purpose, whom, email: typed, nowMs });
    return started.flow;
  });
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/**
 * Strangers may have used the limit up: the owner has one of their own, where they have signed in before. Not where the
 * email is not proven: a person who registered with the email of somebody else would have it for their mails.
 */
async function isWithinOwnLimit(
  { mail, isKnownNetwork }: { readonly mail: Mail; readonly isKnownNetwork: IsKnownNetwork },
  owner: User | undefined,
  email: string,
  network: string,
): Promise<boolean> {
  const isKnown = await isKnownNetwork(owner?.id ?? 0, network);
  if (!isKnown || !owner || owner.emailVerifiedAtMs === null) return false;
  return mail.isWithinLimits(email, `${owner.id} ${network}`);
}

/**
 * Mails another code for a flow, if the client has its id. The code and the link from before become void. If the
 * email was sent too many mails lately, nothing changes, and the answer is the same.
 *
 * @throws AppError `mail_not_configured`, `rate_limited`, `flow_expired`
 */
export async function resendMailedFlow(
  deps: MailedFlowDeps,
  asker: Asker,
  purpose: MailedPurpose,
  flow: string,
): Promise<void> {
  const { database, clock, mail, limits } = deps;
  mail.requireAvailable();
  await limits.count('MAILS_PER_NETWORK', asker.network);
  const open = await findFlow(database.db, { purpose, nowMs: clock.nowMs() }, { flow });
  if (!open) throw new AppError('flow_expired');
  const { email } = open;
  if (!(await mail.isWithinLimits(email))) return;
  const owner = await findUserByEmail(database.db, email);
  const whom = await addresseeOf(deps, owner, email, purpose);
  await database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const isDecoy = whom?.gets !== 'code';
    const about = { flow, purpose, userId: whom?.user.id ?? null, isDecoy, email, nowMs };
    const renewed = await renewFlow(trx, deps, about);
    if (!renewed) throw new AppError('flow_expired');
    await writeCode(trx, deps, asker, { ...renewed, purpose, whom, email, nowMs });
  });
  mail.wake();
}

/** Whom a mail to an email gets to, and what it has. */
interface Addressee {
  readonly user: User;
  /** `release`: a link that takes the email off the account; nothing else gets its reader in. */
  readonly gets: 'code' | 'release';
}

/** @returns undefined: nobody */
async function addresseeOf(
  { clock, mail }: MailedFlowDeps,
  user: User | undefined,
  email: string,
  purpose: MailedPurpose,
): Promise<Addressee | undefined> {
  const isReached = user !== undefined && isReachedByMail(user, clock.nowMs());
  const isHeld = user?.isActive === 1 && !isReached && purpose === 'password_reset';
  const isBounced = (isReached || isHeld) && user.emailBouncedAtMs !== null;
  const reaches = await mail.reaches(email, isBounced); // of nobody's email as well: it takes as long
  if (!reaches || !(isReached || isHeld)) return undefined;
  return { user, gets: isReached ? 'code' : 'release' };
}

/** Writes the mail of a flow, or a decoy of it where there is nobody to be mailed. */
function writeCode(
  trx: Db,
  { mail }: MailedFlowDeps,
  { ip, languages, publicUrl }: Asker,
  what: {
    readonly purpose: MailedPurpose;
    readonly whom: Addressee | undefined;
    readonly email: string;
    readonly nowMs: number;
  } & Omit<StartedFlow, 'flow'>,
): Promise<void> {
  const { purpose, whom, token, nowMs, expiresAtMs } = what;
  const user = whom?.user;
  const to = {
    userId: user?.id ?? null,
    email: user?.email ?? what.email,
    locale: mail.localeFor(...languages, user?.locale),
    expiresAtMs,
    isDecoy: whom === undefined || what.isSpent,
  };
  const request = { atMs: nowMs, ip };
  if (whom?.gets === 'release') {
    const link = flowLink(publicUrl, 'release', token);
    const parameters = { code: undoCode(token), link, ...request };
    return mail.write(trx, { kind: 'email_release', ...to, parameters }, nowMs);
  }
  const parameters = { code: what.code, link: flowLink(publicUrl, purpose, token), ...request };
  return mail.write(trx, { kind: purpose, ...to, parameters }, nowMs);
}
