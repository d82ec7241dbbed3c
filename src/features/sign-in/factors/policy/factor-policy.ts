import type { Deps } from '../../../../deps.ts';
import type { AuthLevel } from '../../../../lib/auth-level.ts';
import type { FactorPolicy } from '../../sessions/index.ts';
import { findUsableLevel } from '../methods.queries.ts';
import { hasOtherRpIds } from '../passkeys/rp-ids.queries.ts';
import { findHighestRoleLevel, setFactorDue } from './policy.queries.ts';
import { higherOf, levelForAll, readRequirement } from './required-level.ts';

/** For how long it is believed what was read of all roles and passkeys: other processes change them too. */
const believedMs = 500;

/**
 * The policy of second factors: what `SECOND_FACTOR_POLICY` and roles ask for, from when on. Each user has
 * `SECOND_FACTOR_GRACE_PERIOD`, once: switching the policy off and on does not give it again. See
 * docs/decisions/second-factor-policy.md.
 */
export function createFactorPolicy(
  deps: Pick<Deps, 'database' | 'settings' | 'clock' | 'relyingParty'>,
): FactorPolicy {
  const { database, settings, clock, relyingParty } = deps;
  let ofRoles: AuthLevel = 1;
  /** Whether anybody has a passkey of another RP ID; else nobody's factors have to be looked up. */
  let hasOthers = false;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;

  async function read(): Promise<void> {
    const startedAtMs = performance.now();
    [ofRoles, hasOthers] = await Promise.all([
      findHighestRoleLevel(database.db),
      hasOtherRpIds(database.db, relyingParty?.id),
    ]);
    readAtMs = startedAtMs;
  }

  return {
    highestLevel() {
      const ofAll = levelForAll(settings);
      if (ofAll === undefined) return 1;
      if (performance.now() - readAtMs < believedMs) return higherOf(ofAll, ofRoles);
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading.then(() => higherOf(ofAll, ofRoles));
    },
    usableLevel(user) {
      return hasOthers ? findUsableLevel(deps, database.db, user) : user.factorLevel;
    },
    async dueLevel(userId) {
      const { requiredLevel, dueAtMs } = await readRequirement(deps, userId);
      if (requiredLevel === 1) return 1;
      const nowMs = clock.nowMs();
      if (dueAtMs !== null) return nowMs < dueAtMs ? 1 : requiredLevel;
      const graceMs = settings.get('SECOND_FACTOR_GRACE_PERIOD') * 1000;
      await setFactorDue(database.db, userId, nowMs + graceMs);
      return graceMs > 0 ? 1 : requiredLevel;
    },
  };
}
