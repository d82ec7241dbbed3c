import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';

const columns = [
  'id',
  'email',
  'username',
  'is_active as isActive',
  'is_superuser as isSuperuser',
  'created_at_ms as createdAtMs',
  'updated_at_ms as updatedAtMs',
  'version',
  'email_verified_at_ms as emailVerifiedAtMs',
  'email_set_at_ms as emailSetAtMs',
  'is_email_given as isEmailGiven',
  'imported_at_ms as importedAtMs',
  'mail_recovery_from_ms as mailRecoveryFromMs',
  'locale',
  'email_bounced_at_ms as emailBouncedAtMs',
] as const;

/** In the text of the query, as in that of the index of superusers: else it is not used. */
const isTrue = sql.lit(1);

/** Every change of a user sets this, so that a client with the older version notices it. */
const nextVersion = { version: sql<number>`version + 1` };

export interface NewUser {
  readonly email: string;
  readonly emailNormalized: string;
  readonly username?: string;
  readonly passwordHash: string | null;
  readonly isSuperuser?: number;
  readonly locale?: string | null;
  readonly emailVerifiedAtMs?: number | null;
  readonly isEmailGiven: number;
  readonly nowMs: number;
}

/** Undefined if the email is taken. */
export function insertUser(db: Db, user: NewUser) {
  return db
    .insertInto('users')
    .values({
      email: user.email,
      email_normalized: user.emailNormalized,
      username: user.username,
      password_hash: user.passwordHash,
      is_superuser: user.isSuperuser,
      locale: user.locale,
      email_verified_at_ms: user.emailVerifiedAtMs,
      is_email_given: user.isEmailGiven,
      created_at_ms: user.nowMs,
      updated_at_ms: user.nowMs,
    })
    .onConflict((conflict) => conflict.column('email_normalized').doNothing())
    .returning(columns)
    .executeTakeFirst();
}

export function findUserById(db: Db, id: number) {
  return db.selectFrom('users').select(columns).where('id', '=', id).executeTakeFirst();
}

/** As `findUserById`, and nobody else changes the user until the transaction ends. */
export function findUserForUpdate(db: Db, id: number) {
  return db.selectFrom('users').select(columns).where('id', '=', id).forUpdate().executeTakeFirst();
}

/** In one order, so that no two transactions wait for each other. */
function lockActiveSuperusers(db: Db) {
  return db
    .selectFrom('users')
    .select('id')
    .where('is_superuser', '=', isTrue)
    .where('is_active', '=', 1)
    .orderBy('id')
    .forUpdate()
    .execute();
}

/**
 * Finds a user whom this transaction may deactivate or delete: nobody else does until it ends, nor
 * with a superuser to any other of them, and what it finds from now on includes what was committed
 * while it waited.
 */
export async function lockUser(trx: Db, id: number): Promise<User | undefined> {
  const user = await findUserById(trx, id);
  if (user?.isSuperuser === 1) await lockActiveSuperusers(trx);
  const locked = await findUserForUpdate(trx, id);
  // Became one while we waited. Where that makes two wait for each other, one begins again.
  if (locked?.isSuperuser === 1 && user?.isSuperuser === 0) await lockActiveSuperusers(trx);
  return locked;
}

/** A user, without the password. */
export type User = NonNullable<Awaited<ReturnType<typeof findUserById>>>;

/** A user with the hash of the password; null: there is none. */
export type UserWithHash = User & { readonly passwordHash: string | null };

const userByEmail = compiledOnce<{ email: string }, UserWithHash>((db, param) =>
  db
    .selectFrom('users')
    .select([...columns, 'password_hash as passwordHash'])
    .where('email_normalized', '=', param('email')),
);

export async function findUserByEmail(db: Db, emailNormalized: string) {
  const { rows } = await userByEmail(db, { email: emailNormalized });
  return rows[0];
}

/** Who has a user name; nobody has `''`, which many have. */
export function findUserByUsername(db: Db, username: string) {
  return db.selectFrom('users').select('id').where('username', '=', username).executeTakeFirst();
}

/** Whether any superuser but one is active. */
export async function hasOtherActiveSuperuser(db: Db, id: number): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('is_superuser', '=', isTrue)
    .where('is_active', '=', 1)
    .where('id', '<>', id)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Whether there is any superuser at all. */
export async function hasSuperuser(db: Db): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('is_superuser', '=', isTrue)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Sets the password of a user without one; undefined if they have one, or are not active. */
export function setFirstPassword(db: Db, id: number, passwordHash: string, nowMs: number) {
  return db
    .updateTable('users')
    .set({ password_hash: passwordHash, updated_at_ms: nowMs, ...nextVersion })
    .where('id', '=', id)
    .where('password_hash', 'is', null)
    .where('is_active', '=', 1)
    .returning(columns)
    .executeTakeFirst();
}

/** What is undefined stays as it is. */
export interface UserChange {
  email?: string;
  emailNormalized?: string;
  username?: string;
  /** Null: none to sign in with. */
  passwordHash?: string | null;
  emailVerifiedAtMs?: number | null;
  emailSetAtMs?: number;
  isEmailGiven?: number;
  mailRecoveryFromMs?: number | null;
  locale?: string | null;
  isActive?: number;
  isSuperuser?: number;
  updatedAtMs: number;
}

export function updateUser(db: Db, id: number, change: UserChange) {
  // Another email, or a proof of it: that mail came back is over.
  const isFresh = change.emailNormalized !== undefined || change.emailVerifiedAtMs !== undefined;
  return db
    .updateTable('users')
    .set({
      email: change.email,
      email_normalized: change.emailNormalized,
      username: change.username,
      password_hash: change.passwordHash,
      email_verified_at_ms: change.emailVerifiedAtMs,
      email_set_at_ms: change.emailSetAtMs,
      is_email_given: change.isEmailGiven,
      mail_recovery_from_ms: change.mailRecoveryFromMs,
      locale: change.locale,
      is_active: change.isActive,
      is_superuser: change.isSuperuser,
      updated_at_ms: change.updatedAtMs,
      ...(isFresh && { email_bounced_at_ms: null }),
      ...nextVersion,
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst();
}

/** From when on a mail to the email lets its reader in; null: from now on. No change that others would mind. */
export async function setMailRecovery(trx: Db, id: number, fromMs: number | null): Promise<void> {
  await trx
    .updateTable('users')
    .set({ mail_recovery_from_ms: fromMs })
    .where('id', '=', id)
    .execute();
}

/** When the email was proven, and whether it was given, as before the account had another. No change that others would mind. */
export async function setEmailProof(
  trx: Db,
  id: number,
  { emailVerifiedAtMs, isEmailGiven }: Pick<User, 'emailVerifiedAtMs' | 'isEmailGiven'>,
): Promise<void> {
  await trx
    .updateTable('users')
    .set({ email_verified_at_ms: emailVerifiedAtMs, is_email_given: isEmailGiven })
    .where('id', '=', id)
    .execute();
}

export async function findPasswordHash(db: Db, id: number): Promise<string | null> {
  const row = await db
    .selectFrom('users')
    .select('password_hash')
    .where('id', '=', id)
    .executeTakeFirst();
  return row?.password_hash ?? null;
}

/**
 * Replaces the hash of a password, unless it was replaced meanwhile.
 *
 * @returns whether it was the one to replace
 */
export async function replacePasswordHash(
  db: Db,
  id: number,
  hashes: { readonly from: string | null; readonly to: string },
  nowMs: number,
): Promise<boolean> {
  const result = await db
    .updateTable('users')
    .set({ password_hash: hashes.to, updated_at_ms: nowMs })
    .where('id', '=', id)
    .where('password_hash', 'is not distinct from', hashes.from)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

export function deleteUser(db: Db, id: number) {
  return db.deleteFrom('users').where('id', '=', id).returning('id').executeTakeFirst();
}
