import type { Database } from '../../../db/database.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Principal, principalOf } from './authenticate.ts';
import { createFindPrincipal } from './find-principal.ts';

/**
 * Looks once more at who makes a request that takes long: whether the session lives and the user is in.
 * Not at the access token, which may expire meanwhile.
 *
 * @throws AppError `user_inactive`, `invalid_token`
 */
export function createRequireSignedIn({
  database,
  clock,
}: {
  readonly database: Database;
  readonly clock: Clock;
}): (principal: Pick<Principal, 'id' | 'sessionId'>) => Answer<Principal> {
  const findPrincipal = createFindPrincipal(database);
  return ({ id, sessionId }) =>
    whenAnswered(findPrincipal(id, sessionId ?? 0), (row) =>
      principalOf(sessionId === undefined ? {} : { sid: String(sessionId) }, row, clock.nowMs()),
    );
}
