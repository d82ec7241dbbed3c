import type { Database, Db } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Notices, noNotices } from '../../identity/notices/index.ts';
import { requireMayManage } from '../../identity/roles/index.ts';
import { lockUser, type User } from '../../identity/users/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { noSuchUser, UserAdminError } from './user-admin.ts';

/**
 * What operators and administrators do with users. Each action takes the actor who does it, holds the rules of who may
 * manage whom (`roles/granting.ts`; the operator at the command line is bound by none), and records it, all in one
 * transaction.
 */

/** The operator or administrator who acts. */
export type Administrator = Exclude<Actor, { kind: 'anonymous' }>;

export interface ChangeDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** By which users are told of it; absent: they are not. */
  readonly notices?: Notices;
}

/** A task on a user. It refuses before it writes anything, so that others can share its transaction. */
export type UserTask<T> = (trx: Db, user: User, nowMs: number, notices: Notices) => Promise<T>;

/**
 * Runs a task on a user who exists and whom the actor may manage, all of it or nothing.
 *
 * @throws AppError `permission_denied`, UserAdminError `no_such_user`
 */
export function withUser<T>(
  { database, clock, notices = noNotices }: ChangeDeps,
  id: number,
  actor: Administrator,
  task: UserTask<T>,
): Promise<T> {
  return database.transact(async (trx) =>
    task(trx, await lockManaged(trx, id, actor), clock.nowMs(), notices),
  );
}

/**
 * Does the same with several users, as one transaction.
 *
 * @returns of each what it was refused for; undefined if it was done
 * @throws Error if one fails for another reason: then nothing is done
 */
export function withUsers(
  { database, clock, notices = noNotices }: ChangeDeps,
  ids: readonly number[],
  actor: Administrator,
  task: UserTask<unknown>,
): Promise<Map<number, Error | undefined>> {
  return database.transact(async (trx) => {
    const refusals = new Map<number, Error | undefined>();
    // In one order, so that no two transactions wait for each other.
    for (const id of ids.toSorted((a, b) => a - b)) {
      try {
        await task(trx, await lockManaged(trx, id, actor), clock.nowMs(), notices);
        refusals.set(id, undefined);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refusals.set(id, error);
      }
    }
    return refusals;
  });
}

/** Whether an error is an answer to the client, and not an error of the database. */
function isRefusal(error: unknown): error is Error {
  if (error instanceof AppError) return error.status < 500;
  return error instanceof UserAdminError;
}

/** @throws AppError `permission_denied`, UserAdminError `no_such_user` */
export async function lockManaged(trx: Db, id: number, actor: Administrator): Promise<User> {
  const user = await lockUser(trx, id);
  if (!user) throw noSuchUser(id);
  await requireMayManage(trx, actor, id);
  return user;
}
