import type { Deps } from '../../../deps.ts';
import { AppError } from '../../../errors/index.ts';
import { findSettingChanges } from '../../../settings/settings.queries.ts';
import { findUserById } from '../../identity/users/index.ts';
import type { Proof } from '../sessions/index.ts';

/** Ways to sign in for which the email need not have been proven before. */
const exempt: readonly Proof['kind'][] = [
  'impersonation', // no sign-in of the user
  'mail', // proves it
];

/**
 * Where `REQUIRE_VERIFIED_EMAIL` is on, lets nobody in whose email is not proven, once their time for it is over.
 *
 * @throws AppError `email_not_verified`
 */
export async function requireVerifiedEmail(
  { database: { db }, settings, clock }: Pick<Deps, 'database' | 'settings' | 'clock'>,
  { kind, userId }: Pick<Proof, 'kind' | 'userId'>,
): Promise<void> {
  if (!settings.get('REQUIRE_VERIFIED_EMAIL') || exempt.includes(kind)) return;
  const user = await findUserById(db, userId);
  if (!user || user.email_verified_at_ms !== null) return;
  const graceMs = settings.get('VERIFICATION_GRACE_PERIOD') * 1000;
  const nowMs = clock.nowMs();
  const isOver = (sinceMs: number) => nowMs >= sinceMs + graceMs;
  if (!isOver(user.email_set_at_ms ?? user.created_at_ms)) return;
  // Those who were there before it was switched on have their time as well.
  const [switchedOn] = await findSettingChanges(db, { name: 'REQUIRE_VERIFIED_EMAIL', limit: 1 });
  if (switchedOn && !isOver(switchedOn.changedAtMs)) return;
  throw new AppError('email_not_verified');
}
