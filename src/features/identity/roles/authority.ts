import { createBatcher } from '../../../db/batcher.ts';
import type { Database, Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import { createRecentMap } from '../../../lib/recent-map.ts';
import { findGrants, type GrantRow, prepareFindGrants } from './roles.queries.ts';

/** What a user may do, at one moment. */
export interface Authority {
  readonly userId: number;
  /** Has every permission that there is and will be. */
  readonly isSuperuser: boolean;
  /** The names of the roles, in order. */
  readonly roles: readonly string[];
  /** Those that were given to the user or to one of the roles. */
  readonly permissions: ReadonlySet<string>;
}

/** Whether an authority has a permission. */
export function holds({ isSuperuser, permissions }: Authority, permission: string): boolean {
  return isSuperuser || permissions.has(permission);
}

/** @throws AppError `permission_denied`, where an authority has none of the permissions */
export function requirePermission(authority: Authority, ...anyOf: readonly string[]): void {
  if (anyOf.some((permission) => holds(authority, permission))) return;
  throw new AppError('permission_denied', {
    detail:
      anyOf.length === 1
        ? `You need the permission ${anyOf[0]}.`
        : `You need one of the permissions ${anyOf.join(', ')}.`,
  });
}

function authorityOf(userId: number, rows: readonly GrantRow[]): Authority {
  const names = (...kinds: GrantRow['kind'][]) =>
    rows.filter((row) => kinds.includes(row.kind)).map((row) => row.name);
  return {
    userId,
    isSuperuser: rows.some((row) => row.kind === 'superuser'),
    roles: names('role').sort(),
    permissions: new Set(names('own', 'by_role').sort()),
  };
}

/**
 * What a user may do, as a transaction sees it. Whoever decides by it what to write asks in the
 * transaction that writes.
 */
export async function findAuthority(db: Db, userId: number): Promise<Authority> {
  return authorityOf(userId, await findGrants(db, [userId]));
}

const maxBatch = 256;
const maxWaiting = 10_000;
/** How many users are remembered who did something that takes a permission. */
const maxKnown = 10_000;

/** What a user may do now. An unknown user may do nothing. */
export type ReadAuthority = (userId: number) => Answer<Authority>;

/**
 * Looks up what users may do, without a transaction. On SQLite it is remembered until anything that may
 * matter is committed to the database; on PostgreSQL, where nobody is told of that, it is asked each time,
 * with those that are asked at the same time.
 */
export function createReadAuthority(database: Database): ReadAuthority {
  const find = prepareFindGrants(database);
  if (database.engine === 'sqlite') {
    const known = createRecentMap<number, { version: number | undefined; authority: Authority }>(
      maxKnown,
    );
    return (userId) => {
      const version = database.version();
      const entry = known.get(userId);
      if (entry && version !== undefined && entry.version === version) return entry.authority;
      return whenAnswered(find([userId]), (rows) => {
        const authority = authorityOf(userId, rows);
        known.set(userId, { version, authority });
        return authority;
      });
    };
  }
  return createBatcher<number, Authority>({
    async run(userIds) {
      const rows = Map.groupBy(await find([...new Set(userIds)]), (row) => row.user_id);
      return userIds.map((id) => authorityOf(id, rows.get(id) ?? []));
    },
    maxBatch,
    maxWaiting,
  });
}
