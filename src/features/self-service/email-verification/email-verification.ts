import type { Body } from '../../../contract/fields.ts';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import {
  type BegunFlow,
  checkFlow,
  declareCodeBody,
  declareProofBody,
  flowLink,
  flowSeconds,
  type Proof,
  startFlow,
  useFlow,
  voidFlows,
} from '../../identity/flows/index.ts';
import {
  findUserById,
  isEmailOf,
  lockUser,
  normalizeEmail,
  type OwnProfile,
  ownProfileOf,
  type User,
  updateUser,
} from '../../identity/users/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import type { Mail } from '../../platform/mail/index.ts';
import {
  credentialsBody,
  isEmailProofDue,
  type LoginDeps,
  noteFailedLogin,
  provePassword,
} from '../../sign-in/login/index.ts';
import type { SessionOrigin } from '../../sign-in/sessions/index.ts';

/** Users prove that their email is theirs, in a session of their own. */

/** Who is signed in, and from where. */
export interface Own {
  readonly id: number;
  readonly network: string;
  readonly actor: Actor;
}

/** How the mail is written. */
export interface VerificationMail {
  /** The languages that the request asks for, the best first. */
  readonly languages: readonly string[];
  /** What links begin with. */
  readonly publicUrl: string;
  /** Where the account pages lead once the email is proven; has passed their check. */
  readonly returnTo?: string | undefined;
}

const purpose = 'email_verification';

export const verificationBody = declareProofBody({}, { title: 'EmailVerificationConfirmation' });
/** A link alone, or a link with its code, is what every reader of the mail has: see `Prover`. */
export const unsignedVerificationBody = declareCodeBody({
  title: 'UnsignedVerificationConfirmation',
});

/**
 * Begins a proof of the email of a user, and writes its mail, in one transaction. Older flows of the user are void.
 *
 * @param about `isDecoy`: nobody is mailed, and nobody can end the flow
 * @returns what ends the flow, with the code of the mail
 */
export async function startEmailVerification(
  trx: Db,
  deps: Pick<Deps, 'secretKey' | 'secretKeyFallbacks'> & { readonly mail: Mail },
  about: {
    readonly user: Pick<User, 'id' | 'email' | 'locale'>;
    readonly network: string;
    readonly isDecoy?: boolean;
    /** Whether the password was just shown: then no session is needed to end it. */
    readonly isReauthenticated?: boolean;
    readonly nowMs: number;
  } & VerificationMail,
): Promise<string> {
  const { user, network, isDecoy = false, isReauthenticated = false, nowMs } = about;
  const { languages, publicUrl, returnTo } = about;
  const userId = isDecoy ? null : user.id;
  const email = normalizeEmail(user.email);
  const begun = {
    purpose,
    userId,
    email,
    network,
    returnTo,
    isReauthenticated,
    voids: 'all',
    nowMs,
  } as const;
  const started = await startFlow(trx, deps, begun);
  const { flow, code, token, expiresAtMs } = started;
  const locale = deps.mail.localeFor(...languages, user.locale);
  const to = { userId, email: user.email, locale, expiresAtMs, isDecoy: started.isDecoy };
  const page = isReauthenticated ? 'unsigned_verification' : purpose;
  const parameters = { code, link: flowLink(publicUrl, page, token) };
  await deps.mail.write(trx, { kind: purpose, ...to, parameters }, nowMs);
  return flow;
}

/**
 * Begins the proof of the user's email, and mails its code. An older flow becomes void. If the email was sent too
 * many mails lately, by strangers and by the user, none is sent, and the answer is the same.
 *
 * @throws AppError `mail_not_configured`, `email_already_verified`, `user_inactive`, `rate_limited`
 */
export async function beginEmailVerification(
  { mail, ...deps }: Deps & { readonly mail: Mail; readonly limits: Limits },
  { id, network }: Own,
  how: VerificationMail,
): Promise<{ flow: string; expires_in: number }> {
  mail.requireAvailable();
  const { database, clock } = deps;
  const known = await findUserById(database.db, id);
  if (!known) throw new AppError('user_inactive');
  const { emailVerifiedAtMs: verifiedAtMs, emailBouncedAtMs: bouncedAtMs } = known;
  // One that mail came back from is proven again.
  if (verifiedAtMs !== null && bouncedAtMs === null) throw new AppError('email_already_verified');
  await countForMembers(deps, network);
  const mayReceive = await mail.mayReceive(normalizeEmail(known.email), `user:${id}`);
  const about = { user: known, network, ...how, isDecoy: !mayReceive };
  const flow = await database.transact((trx) =>
    startEmailVerification(trx, { ...deps, mail }, { ...about, nowMs: clock.nowMs() }),
  );
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/**
 * Begins the proof of an email for somebody who is not signed in, and may not be before: so the password is asked for. Who
 * may sign in without is answered as if the password were wrong: else passwords could be tried here without a session, and
 * without the notice of a new device.
 *
 * @throws AppError `mail_not_configured`, `invalid_credentials`, `rate_limited`, `overloaded`
 */
export async function beginEmailVerificationByPassword(
  deps: LoginDeps & { readonly mail: Mail },
  client: { readonly origin: SessionOrigin; readonly authorization: string | undefined },
  body: Body,
  how: VerificationMail,
): Promise<BegunFlow> {
  const { database, clock, mail } = deps;
  mail.requireAvailable();
  const credentials = credentialsBody.tryRead(body);
  if (!credentials) throw new AppError('invalid_credentials');
  const { user, attempt } = await provePassword(deps, credentials, client, (userId) =>
    isEmailProofDue(deps, userId),
  );
  noteFailedLogin(deps.failures, attempt, 'email_not_verified');
  const network = countedNetwork(client.origin.ip);
  await countForMembers(deps, network);
  const isDecoy = !(await mail.mayReceive(normalizeEmail(user.email), `user:${user.id}`));
  const about = { user, network, ...how, isDecoy, isReauthenticated: true };
  const flow = await database.transact((trx) =>
    startEmailVerification(trx, deps, { ...about, nowMs: clock.nowMs() }),
  );
  mail.wake();
  return { flow, expires_in: flowSeconds };
}

/**
 * Counts a mail for the network of somebody who has shown whose account they ask for: apart from those that anybody
 * can ask for, so that a neighbour who does keeps nobody from their own.
 */
async function countForMembers(
  { limits }: { readonly limits: Limits },
  network: string,
): Promise<void> {
  await limits.count('MAILS_PER_NETWORK', `member ${network}`);
}

/** Who ends a proof, and from where. `id`: whose session it is; absent: there is none. */
export type Prover = Pick<Own, 'network'> &
  (
    | Own
    | {
        readonly id?: undefined;
        readonly ip: string | null;
        /**
         * Whether the flow was begun in this browser: then the link is enough. Otherwise the id of the flow is
         * needed, because a reader of the mail, which has the link and the code, may be another person than the one
         * who asked for it.
         */
        readonly isOwnBrowser?: boolean;
      }
  );

/**
 * Proves an email by the code, or the link, of a mail. This needs a session of the same user, or a flow that was
 * begun with the password. So a person who registered with the email of another one cannot have its owner prove it
 * for them by opening a link.
 *
 * @throws AppError `invalid_code`, `flow_expired`, `invalid_fields`, `invalid_body`, `rate_limited`
 */
export async function confirmEmailVerification(
  deps: Deps & { readonly limits: Limits },
  prover: Prover,
  body: Body,
): Promise<OwnProfile> {
  const { database, clock } = deps;
  const proof = proofOf(prover, body);
  const sent = () => ({ proof, purpose, nowMs: clock.nowMs() }) as const;
  const proven = await checkFlow(database.db, deps, prover.network, sent());
  const isTheirs = prover.id === undefined ? proven.isReauthenticated : proven.userId === prover.id;
  if (!isTheirs) throw new AppError('flow_expired');
  return database.transact(async (trx) => {
    const nowMs = clock.nowMs();
    const { userId, email } = await useFlow(trx, deps, sent());
    const user = await lockUser(trx, userId);
    if (!user || !isEmailOf(user, email)) throw new AppError('flow_expired');
    const verified = { emailVerifiedAtMs: nowMs, updatedAtMs: nowMs };
    const changed = await updateUser(trx, userId, verified);
    const actor =
      prover.id === undefined
        ? ({ kind: 'user', id: userId, ip: prover.ip } as const)
        : prover.actor;
    await record(trx, { kind: 'email.verified', actor, atMs: nowMs, userId });
    await voidFlows(trx, purpose, userId);
    return ownProfileOf(changed ?? user);
  });
}

function proofOf(prover: Prover, body: Body): Proof {
  if (prover.id !== undefined) return verificationBody.readOwn(body, prover.id);
  return prover.isOwnBrowser
    ? verificationBody.read(body).proof
    : unsignedVerificationBody.read(body);
}
