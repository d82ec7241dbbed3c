import { AppError } from '../../../errors/index.ts';
import type { RequestPrincipal } from '../../../http/types.ts';
import { type Clock, happenedWithin } from '../../../lib/clock.ts';
import type { Settings } from '../../../settings/settings.ts';

/**
 * Recent authentication (RFC 9470): the check of routes with `recentAuth`.
 *
 * @throws AppError `reauthentication_required` if the user did not prove who they are within `REAUTHENTICATION_AGE`
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
    throw new AppError('reauthentication_required');
  };
}
