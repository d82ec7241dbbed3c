import { AppError } from '../../../errors/index.ts';
import type { Authorization } from '../../../http/types.ts';
import { whenAnswered } from '../../../lib/answer.ts';
import { type Authority, requireHeld } from './authority.ts';
import { isBuiltIn } from './permissions.ts';

/** What the guard of routes for administrators asks: whether a user may do what a route is for. */
export function createAuthorization(authority: Authority): Authorization {
  return {
    isKnown: isBuiltIn,
    authorize(principal, anyOf) {
      if (principal.impersonatorId !== undefined) {
        throw new AppError('permission_denied', {
          detail: 'Nothing here can be done in the name of another user.',
        });
      }
      return whenAnswered(authority.findHeld(principal.id, anyOf), (held) =>
        requireHeld(held, anyOf),
      );
    },
  };
}
