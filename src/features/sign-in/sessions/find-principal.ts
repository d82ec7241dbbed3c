import { createBatcher } from '../../../db/batcher.ts';
import type { Database } from '../../../db/database.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import {
  type PrincipalKey,
  type PrincipalRow,
  prepareFindPrincipal,
  prepareFindPrincipals,
} from './find-principal.queries.ts';

const maxBatch = 256;
const maxWaiting = 10_000;

/** Undefined if there is no such user. */
export type FindPrincipal = (userId: number, sessionId: number) => Answer<PrincipalRow | undefined>;

/**
 * Looks up the principal of a request. SQLite answers each look-up in microseconds, at once; on PostgreSQL look-ups
 * that come together share one round trip.
 */
export function createFindPrincipal(database: Database): FindPrincipal {
  const find = database.engine === 'sqlite' ? findAtOnce(database) : findTogether(database);
  return (userId, sessionId) => {
    if (!Number.isSafeInteger(userId)) return undefined; // nobody's, and no integer of the database
    return find({ userId, sessionId: Number.isSafeInteger(sessionId) ? sessionId : 0 });
  };
}

type Find = (key: PrincipalKey) => Answer<PrincipalRow | undefined>;

function findAtOnce(database: Database): Find {
  const find = prepareFindPrincipal(database);
  return (key) => whenAnswered(find(key), ([row]) => row);
}

function findTogether(database: Database): Find {
  const find = prepareFindPrincipals(database);
  return createBatcher<PrincipalKey, PrincipalRow | undefined>({
    async run(keys) {
      const rows = await find(keys);
      const found = new Map(rows.map((row) => [row.item, row]));
      return keys.map((_key, index) => found.get(index));
    },
    maxBatch,
    maxWaiting,
  });
}
