import { AppError } from '../../../errors/index.ts';
import type { Authorization } from '../../../http/types.ts';
import { whenAnswered } from '../../../lib/answer.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Settings } from '../../../settings/settings.ts';
import { type ReadAuthority, requirePermission } from './authority.ts';
import { isBuiltIn } from './permissions.ts';

interface Deps {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly readAuthority: ReadAuthority;
}

/** What the guard of `auth: 'admin'` asks: whether a user may do what a route is for. */
export function createAuthorization({ settings, clock, readAuthority }: Deps): Authorization {
  return {
    isKnown: isBuiltIn,
    authorize(principal, { anyOf, isDangerous }) {
      if (principal.impersonatorId !== undefined) {
        throw new AppError('permission_denied', {
          detail: 'Nothing here can be done in the name of another user.',
        });
      }
      return whenAnswered(readAuthority(principal.id), (authority) => {
        requirePermission(authority, ...anyOf);
        if (isDangerous && !isConfirmed(principal.confirmedAtMs)) {
          throw new AppError('reauthentication_required');
        }
      });
    },
  };

  function isConfirmed(confirmedAtMs: number | undefined): boolean {
    const ageMs = settings.get('REAUTHENTICATION_AGE') * 1000;
    return confirmedAtMs !== undefined && clock.nowMs() - confirmedAtMs < ageMs;
  }
}
