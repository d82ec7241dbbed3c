import { AppError } from '../../../errors/index.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { type Clock, happenedWithin } from '../../../lib/clock.ts';
import type { Settings } from '../../../settings/settings.ts';

/**
 * Recent authentication (RFC 9470): the check of routes with `recentAuth`.
 *
 * @throws AppError `insufficient_user_authentication` if the user did not prove who they are within
 *   `REAUTHENTICATION_AGE`
 */
export function createRequireRecentAuth({
  settings,
  clock,
}: {
  readonly settings: Settings;
  readonly clock: Clock;
}): (principal: Pick<RequestPrincipal, 'authTimeMs'>) => void {
  return ({ authTimeMs }) => {
    const ageMs = settings.get('REAUTHENTICATION_AGE') * 1000;
    if (authTimeMs !== undefined && happenedWithin(authTimeMs, ageMs, clock.nowMs())) return;
    throw stepUpRequired(settings);
  };
}

/** What a user has to do first who did not prove lately, or strongly enough, who they are (RFC 9470 3). */
export function stepUpRequired(settings: Settings): AppError {
  const members = { acr_values: 'aal1', max_age: settings.get('REAUTHENTICATION_AGE') };
  return new AppError('insufficient_user_authentication', { members });
}
