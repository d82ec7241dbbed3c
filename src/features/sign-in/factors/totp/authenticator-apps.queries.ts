import type { Db } from '../../../../db/database.ts';
import { compiledOnce } from '../../../../db/prepared.ts';
import { resetWaits, type SpentFactor } from '../resets/factor-resets.queries.ts';

/** An authenticator app as its user sees it. */
export interface AuthenticatorApp {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  /** When it was confirmed. */
  readonly confirmedAtMs: number | null;
  /** Null: never since. */
  readonly lastUsedAtMs: number | null;
}

/** What a code is checked with. */
export interface AppSecret {
  readonly id: number;
  readonly userId: number;
  /** Sealed. */
  readonly secret: string;
  /** No code up to this time step is accepted. */
  readonly lastStep: number;
}

/** The confirmed apps of a user, the oldest first. */
export function findApps(db: Db, userId: number): Promise<AuthenticatorApp[]> {
  return db
    .selectFrom('authenticator_apps')
    .select(['id', 'name', 'created_at_ms as createdAtMs'])
    .select(['confirmed_at_ms as confirmedAtMs', 'last_used_at_ms as lastUsedAtMs'])
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is not', null)
    .orderBy('id')
    .execute();
}

const secretColumns = ['id', 'user_id as userId', 'secret', 'last_step as lastStep'] as const;

const secretsOf = compiledOnce<{ readonly userId: number }, AppSecret>((db, param) =>
  db
    .selectFrom('authenticator_apps')
    .select(secretColumns)
    .where('user_id', '=', param('userId'))
    .where('confirmed_at_ms', 'is not', null)
    .orderBy('id'),
);

/** The secrets of the confirmed apps of a user. */
export async function findAppSecrets(db: Db, userId: number): Promise<AppSecret[]> {
  const { rows } = await secretsOf(db, { userId });
  return rows;
}

interface OfUser {
  readonly id: number;
  readonly userId: number;
}

/** An app that its user has not confirmed, and that was made after a moment. */
export function findUnconfirmed(db: Db, { id, userId }: OfUser, sinceMs: number) {
  return db
    .selectFrom('authenticator_apps')
    .select([...secretColumns, 'name'])
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is', null)
    .where('created_at_ms', '>', sinceMs)
    .executeTakeFirst();
}

export interface NewApp {
  readonly userId: number;
  readonly name: string;
  readonly nowMs: number;
  /** Null: not yet. */
  readonly confirmedAtMs: number | null;
}

/**
 * Inserts an app, in a transaction, whose secret is sealed for its id.
 *
 * @param sealFor seals the secret
 */
export async function insertApp(
  trx: Db,
  { userId, name, nowMs, confirmedAtMs }: NewApp,
  sealFor: (id: number) => string,
): Promise<number> {
  const { id } = await trx
    .insertInto('authenticator_apps')
    .values({
      ...{ user_id: userId, name, secret: '' },
      ...{ confirmed_at_ms: confirmedAtMs, created_at_ms: nowMs },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await trx
    .updateTable('authenticator_apps')
    .set({ secret: sealFor(id) })
    .where('id', '=', id)
    .execute();
  return id;
}

/** Removes the oldest unconfirmed apps of a user, so that no more than `kept` stay. */
export async function deleteOldestUnconfirmed(
  trx: Db,
  userId: number,
  kept: number,
): Promise<void> {
  await trx
    .deleteFrom('authenticator_apps')
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is', null)
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('authenticator_apps as newest')
        .select('newest.id')
        .where('newest.user_id', '=', userId)
        .where('newest.confirmed_at_ms', 'is', null)
        .orderBy('newest.id', 'desc')
        .limit(kept),
    )
    .execute();
}

export async function countConfirmed(db: Db, userId: number): Promise<number> {
  const row = await db
    .selectFrom('authenticator_apps')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is not', null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** A code that was right, and when. */
export interface SpentStep {
  readonly id: number;
  readonly step: number;
  readonly nowMs: number;
}

/** Confirms an app by its first code: of any number at once one is told that it did. */
export async function confirmApp(trx: Db, { id, step, nowMs }: SpentStep): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('authenticator_apps')
    .set({ confirmed_at_ms: nowMs, last_step: step })
    .where('id', '=', id)
    .where('confirmed_at_ms', 'is', null)
    .where('last_step', '<', step)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const spendStepOf = compiledOnce<SpentStep, SpentFactor>((db, param) =>
  db
    .updateTable('authenticator_apps')
    .set({ last_step: param('step'), last_used_at_ms: param('nowMs') })
    .where('id', '=', param('id'))
    .where('confirmed_at_ms', 'is not', null)
    .where('last_step', '<', param('step'))
    .returning(resetWaits('authenticator_apps.user_id')),
);

/** Spends a code (RFC 6238 5.2): of any number at once one is told that it did. */
export async function spendStep(trx: Db, step: SpentStep): Promise<SpentFactor | undefined> {
  const { rows } = await spendStepOf(trx, step);
  return rows[0];
}

export async function renameApp(trx: Db, { id, userId }: OfUser, name: string): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('authenticator_apps')
    .set({ name })
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Removes a confirmed app. */
export async function deleteApp(trx: Db, { id, userId }: OfUser): Promise<boolean> {
  const { numDeletedRows } = await trx
    .deleteFrom('authenticator_apps')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .where('confirmed_at_ms', 'is not', null)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Removes apps that were not confirmed in time, some at a time. */
export async function deleteUnconfirmed(db: Db, beforeMs: number, limit: number): Promise<number> {
  const stale = await db
    .selectFrom('authenticator_apps')
    .select('id')
    .where('confirmed_at_ms', 'is', null)
    .where('created_at_ms', '<=', beforeMs)
    .limit(limit)
    .execute();
  if (stale.length === 0) return 0;
  // One that was confirmed in between stays.
  await db
    .deleteFrom('authenticator_apps')
    .where(
      'id',
      'in',
      stale.map(({ id }) => id),
    )
    .where('confirmed_at_ms', 'is', null)
    .execute();
  return stale.length;
}

/** The secrets after one of them, in the order of their ids. */
export function findSecretsAfter(db: Db, afterId: number, limit: number): Promise<AppSecret[]> {
  return db
    .selectFrom('authenticator_apps')
    .select(secretColumns)
    .where('id', '>', afterId)
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Replaces a sealed secret, unless it was replaced meanwhile. */
export async function replaceSecret(
  db: Db,
  id: number,
  sealed: { readonly from: string; readonly to: string },
): Promise<void> {
  await db
    .updateTable('authenticator_apps')
    .set({ secret: sealed.to })
    .where('id', '=', id)
    .where('secret', '=', sealed.from)
    .execute();
}
