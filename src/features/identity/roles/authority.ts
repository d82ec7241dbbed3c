import { createBatcher } from '../../../db/batcher.ts';
import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import {
  type GrantRow,
  type HeldQuestion,
  prepareFindGrants,
  prepareFindHeld,
} from './grants.queries.ts';

/** What a user was granted, at one moment. */
export interface Grants {
  /** Has every permission that there is and will be. */
  readonly isSuperuser: boolean;
  /** The names of the roles, in order. */
  readonly roles: readonly string[];
  /** The permissions of the roles too, in order; undefined if there are more than `maxListed`. */
  readonly permissions: readonly string[] | undefined;
}

/** So many permissions of a user are listed at once; shorter lists are all that tokens have room for. */
export const maxListed = 1_000;

/**
 * What users may do now, without a transaction. Nothing of it is remembered: each permission is looked up by its
 * name, which costs the same however many a user has. On PostgreSQL look-ups at the same time share a round trip. An
 * unknown user may do nothing.
 */
export interface Authority {
  /** Which of some permissions a user has. A superuser has all of them. */
  findHeld(userId: number, permissions: readonly string[]): Answer<ReadonlySet<string>>;
  readGrants(userId: number): Answer<Grants>;
}

/** @throws AppError `permission_denied` if somebody has none of the permissions, of which one is needed */
export function requireHeld(held: ReadonlySet<string>, anyOf: readonly string[]): void {
  if (anyOf.some((permission) => held.has(permission))) return;
  throw new AppError('permission_denied', {
    detail:
      anyOf.length === 1
        ? `You need the permission ${anyOf[0]}.`
        : `You need one of the permissions ${anyOf.join(', ')}.`,
  });
}

const maxWaiting = 10_000;
/** Questions in one statement. */
const maxBatch = 256;
/** Users whose grants one statement reads. */
const maxListedUsers = 32;

export function createAuthority(database: Database): Authority {
  return { findHeld: createFindHeld(database), readGrants: createReadGrants(database) };
}

function createFindHeld(database: Database): Authority['findHeld'] {
  const find = prepareFindHeld(database);
  if (database.engine === 'sqlite') {
    return (userId, permissions) => {
      const questions = permissions.map((permission) => ({ userId, permission }));
      return whenAnswered(
        find(questions),
        (rows) => new Set(rows.map(({ place }) => permissions[place] as string)),
      );
    };
  }
  const ask = createBatcher<HeldQuestion, boolean>({
    async run(questions) {
      const yes = new Set((await find(questions)).map(({ place }) => place));
      return questions.map((_question, place) => yes.has(place));
    },
    maxBatch,
    maxWaiting,
  });
  return async (userId, permissions) => {
    const isHeld = await Promise.all(permissions.map((permission) => ask({ userId, permission })));
    return new Set(permissions.filter((_permission, place) => isHeld[place]));
  };
}

function createReadGrants(database: Database): Authority['readGrants'] {
  const { findOf, findOfMany } = prepareFindGrants(database, maxListed + 1);
  if (findOf) return (userId) => whenAnswered(findOf(userId), grantsOf);
  return createBatcher<number, Grants>({
    async run(userIds) {
      const rows = Map.groupBy(await findOfMany([...new Set(userIds)]), (row) => row.userId);
      return userIds.map((id) => grantsOf(rows.get(id) ?? []));
    },
    maxBatch: maxListedUsers,
    maxWaiting,
  });
}

function grantsOf(rows: readonly GrantRow[]): Grants {
  const names = (kind: GrantRow['kind']) =>
    rows.filter((row) => row.kind === kind).map((row) => row.name);
  const permissions = new Set(names('permission'));
  return {
    isSuperuser: names('superuser').length > 0,
    roles: names('role').sort(),
    permissions: permissions.size > maxListed ? undefined : [...permissions].sort(),
  };
}
