import { AppError } from '../../../errors/index.ts';
import type { Authorization } from '../../../http/types.ts';
import { whenAnswered } from '../../../lib/answer.ts';
import { type Authority, requireHeld } from './authority.ts';
import { isBuiltIn } from './permissions.ts';

/** The check of routes for administrators: whether a user has a permission of the route. */
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
