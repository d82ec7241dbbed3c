import type { Db } from '../../../../db/database.ts';
import type { AuthLevel } from '../../../../lib/auth-level.ts';
import { roleLevelOf } from '../../../identity/roles/index.ts';

/** The highest level that a role asks for; 1: none asks for anything. */
export async function findHighestRoleLevel(db: Db): Promise<AuthLevel> {
  const row = await db
    .selectFrom('roles')
    .select((eb) => eb.fn.max('required_level').as('level'))
    .executeTakeFirst();
  return row?.level ?? 1;
}

/** What the policy needs to know of a user; undefined if there is none. */
export async function findObliged(db: Db, userId: number) {
  return await db
    .selectFrom('users')
    .select(['factor_level as factorLevel', 'factor_due_at_ms as dueAtMs'])
    .select(roleLevelOf)
    .where('id', '=', userId)
    .executeTakeFirst();
}

/** Gives a user the time until which they have to have a factor, unless they were given one before. */
export async function setFactorDue(db: Db, userId: number, dueAtMs: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ factor_due_at_ms: dueAtMs })
    .where('id', '=', userId)
    .where('factor_due_at_ms', 'is', null)
    .execute();
}
