import { AppError } from '../../../errors/index.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { type AuthLevel, acrOf } from '../../../lib/auth-level.ts';
import { type Clock, happenedWithin } from '../../../lib/clock.ts';
import type { Settings } from '../../../settings/settings.ts';

interface RecentDeps {
  readonly settings: Settings;
  readonly clock: Clock;
}

/** When, and how, somebody last proved in their session who they are. */
export type LastProven = Pick<RequestPrincipal, 'authTimeMs' | 'factorLevel' | 'factorAtMs'>;

/** The check of routes with `recentAuth`: `requireRecentAuth`. */
export function createRequireRecentAuth(deps: RecentDeps): (principal: LastProven) => void {
  return (principal) => requireRecentAuth(deps, principal);
}

/**
 * Recent authentication (RFC 9470), at the level of the user: who has a second factor has to have shown one as well. A
 * remembered device does not count.
 *
 * @throws AppError `insufficient_user_authentication` if the user did not prove who they are within
 *   `REAUTHENTICATION_AGE`
 */
export function requireRecentAuth(deps: RecentDeps, principal: LastProven): void {
  if (!isRecent(deps, principal.authTimeMs)) throw stepUpRequired(deps.settings, principal);
  requireRecentFactor(deps, principal);
}

/**
 * The same for what is asked for with the password.
 *
 * @throws AppError `insufficient_user_authentication` if the user has a second factor, and has not shown one within
 *   `REAUTHENTICATION_AGE`
 */
export function requireRecentFactor(deps: RecentDeps, principal: LastProven): void {
  if (principal.factorLevel === 1 || isRecent(deps, principal.factorAtMs)) return;
  throw stepUpRequired(deps.settings, principal);
}

function isRecent({ settings, clock }: RecentDeps, atMs: number | undefined): boolean {
  const ageMs = settings.get('REAUTHENTICATION_AGE') * 1000;
  return atMs !== undefined && happenedWithin(atMs, ageMs, clock.nowMs());
}

/** What proves a user of a level again, the best first. */
const provenBy = { 1: [1], 2: [2], 3: [3, 2] } as const satisfies Record<AuthLevel, AuthLevel[]>;

/** What a user has to do first who did not prove lately, or strongly enough, who they are (RFC 9470 3). */
export function stepUpRequired(
  settings: Settings,
  { factorLevel }: Pick<LastProven, 'factorLevel'>,
): AppError {
  const members = {
    acr_values: provenBy[factorLevel].map(acrOf).join(' '),
    max_age: settings.get('REAUTHENTICATION_AGE'),
  };
  return new AppError('insufficient_user_authentication', { members });
}
