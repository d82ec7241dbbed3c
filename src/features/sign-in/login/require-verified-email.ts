import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { findUserById } from '../../identity/users/index.ts';
import type { Proof } from '../sessions/index.ts';
import { requiredSinceMs } from './required-since.ts';

/** Ways to sign in for which the email need not have been proven before. */
const exempt: readonly Proof['kind'][] = [
  'impersonation', // no sign-in of the user
  'mail', // proves it
];

/** What is needed to know whether the email of a user must be proven now. */
type ProofDeps = Pick<Deps, 'database' | 'settings' | 'clock' | 'mailDelivery'>;

/**
 * If `REQUIRE_VERIFIED_EMAIL` is on, refuses users whose email is not proven and whose time for it is over.
 *
 * @throws AppError `email_not_verified`
 */
export async function requireVerifiedEmail(
  deps: ProofDeps,
  { kind, userId }: Pick<Proof, 'kind' | 'userId'>,
): Promise<void> {
  if (exempt.includes(kind)) return;
  if (await isEmailProofDue(deps, userId)) throw new AppError('email_not_verified');
}

/** Whether a user may not sign in with a password before their email is proven. */
export async function isEmailProofDue(
  { database: { db }, settings, clock, mailDelivery }: ProofDeps,
  userId: number,
): Promise<boolean> {
  // Where no mail is sent nobody can prove anything, and all would be kept out, administrators too.
  if (!settings.get('REQUIRE_VERIFIED_EMAIL') || !mailDelivery) return false;
  const user = await findUserById(db, userId);
  if (!user || user.emailVerifiedAtMs !== null) return false;
  const graceMs = settings.get('VERIFICATION_GRACE_PERIOD') * 1000;
  const nowMs = clock.nowMs();
  const isOver = (sinceMs: number) => nowMs >= sinceMs + graceMs;
  if (!isOver(user.emailSetAtMs ?? user.createdAtMs)) return false;
  // Those who were there before it was switched on have their time as well.
  return isOver(await requiredSinceMs(db));
}
