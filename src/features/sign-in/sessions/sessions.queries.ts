import { sql } from 'kysely';
import { batchInteger, batchItems } from '../../../db/batch.ts';
import type { Database, Db } from '../../../db/database.ts';
import { compiledOnce, prepareQuery } from '../../../db/prepared.ts';
import type { EndCause } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

/** Where a session is started from. */
export interface SessionOrigin {
  /** The client's IP address. */
  readonly ip: string | null;
  /** In plain words. */
  readonly device: string | null;
  /** What the client asks for first, a language tag in canonical form; absent: nothing. */
  readonly locale?: string | undefined;
  /** Whether the user need not be told of it: it has shown a token of an earlier session, say. Absent: no. */
  readonly isKnownDevice?: boolean;
}

/** A session that is to start, of a user who has just proved who they are. */
interface NewSession extends SessionOrigin {
  readonly userId: number;
  /** What the proof was checked against, as the row of the user has it. */
  readonly credential: string;
  readonly nowMs: number;
  readonly expiresAtMs: number;
  /** With a space between them (RFC 8176). */
  readonly amr: string;
  readonly authLevel: AuthLevel;
  /** Null: no second factor was checked. */
  readonly factorAtMs: number | null;
  /** No session of a user who can sign in more strongly than this is started. */
  readonly enoughFor: AuthLevel;
}

/** What a proof was checked against: it must be the same still, so that no old one outlives its change. */
type Credential = 'password_hash' | 'email_normalized' | 'passkey_handle';

const insertSessionBy = (credential: Credential) =>
  compiledOnce<NewSession, { id: number }>((db, param) =>
    db
      .insertInto('sessions')
      .columns([
        ...(['user_id', 'created_at_ms', 'refreshed_at_ms', 'expires_at_ms', 'ip'] as const),
        ...(['device', 'amr', 'auth_level', 'factor_at_ms'] as const),
      ])
      .expression((eb) =>
        eb
          .selectFrom('users')
          .select([
            'users.id',
            sql<number>`cast(${param('nowMs')} as bigint)`.as('created_at_ms'),
            sql<number>`cast(${param('nowMs')} as bigint)`.as('refreshed_at_ms'),
            sql<number>`cast(${param('expiresAtMs')} as bigint)`.as('expires_at_ms'),
            sql<string | null>`cast(${param('ip')} as text)`.as('ip'),
            sql<string | null>`cast(${param('device')} as text)`.as('device'),
            sql<string>`cast(${param('amr')} as text)`.as('amr'),
            sql<AuthLevel>`cast(${param('authLevel')} as bigint)`.as('auth_level'),
            sql<number | null>`cast(${param('factorAtMs')} as bigint)`.as('factor_at_ms'),
          ])
          .where('users.id', '=', param('userId'))
          .where(`users.${credential}`, '=', param('credential'))
          .where('users.is_active', '=', 1)
          .where('users.factor_level', '<=', param('enoughFor'))
          .forNoKeyUpdate(),
      )
      .returning('id'),
  );

const insertSessionOf = {
  password_hash: insertSessionBy('password_hash'),
  email_normalized: insertSessionBy('email_normalized'),
  passkey_handle: insertSessionBy('passkey_handle'),
} as const satisfies Record<Credential, unknown>;

/**
 * Starts a session; undefined if the user is not active, or not there any more, has another credential by now, or has a
 * second factor that is missing.
 * Until the transaction ends nobody else starts one for the user, or deactivates them.
 */
export async function insertSession(
  trx: Db,
  by: Credential,
  session: NewSession,
): Promise<{ id: number } | undefined> {
  const { rows } = await insertSessionOf[by](trx, session);
  return rows[0];
}

interface SignIn {
  readonly userId: number;
  readonly nowMs: number;
  readonly locale: string | null;
}

const noteSignInOf = compiledOnce<SignIn, never>((db, param) =>
  db
    .updateTable('users')
    .set({
      last_sign_in_at_ms: param('nowMs'),
      locale: sql<string | null>`coalesce(locale, cast(${param('locale')} as text))`,
    })
    .where('id', '=', param('userId')),
);

/**
 * When the user signed in last, and which language they read where nobody knew, in the transaction that starts the
 * session.
 */
export async function noteSignIn(trx: Db, signIn: SignIn): Promise<void> {
  await noteSignInOf(trx, signIn);
}

/** What is known of a user before they sign in. */
export function findSignInState(db: Db, userId: number) {
  return db
    .selectFrom('users')
    .select([
      'id',
      'email',
      'locale',
      'last_sign_in_at_ms as lastSignInAtMs',
      'password_hash as passwordHash',
    ])
    .where('id', '=', userId)
    .executeTakeFirst();
}

export function findSession(db: Db, id: number) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select(['sessions.id as sessionId', 'sessions.user_id as userId', 'sessions.generation'])
    .select(['sessions.created_at_ms as createdAtMs', 'sessions.refreshed_at_ms as refreshedAtMs'])
    .select(['sessions.expires_at_ms as expiresAtMs', 'sessions.end_cause as endCause'])
    .select(['sessions.retry_key as retryKey', 'sessions.impersonator_id as impersonatorId'])
    .select(['sessions.ip', 'users.is_active as isActive'])
    .select(['sessions.amr', 'sessions.auth_level as authLevel'])
    .select('sessions.authenticated_at_ms as authenticatedAtMs')
    .where('sessions.id', '=', id)
    .executeTakeFirst();
}

/** What an access token names. */
export type PrincipalKey = { readonly userId: number; readonly sessionId: number };

const sessionOfPrincipal = [
  'sessions.id as sessionId',
  'sessions.end_cause as endCause',
  'sessions.created_at_ms as createdAtMs',
  'sessions.authenticated_at_ms as authenticatedAtMs',
  'sessions.expires_at_ms as expiresAtMs',
  'sessions.impersonator_id as impersonatorId',
  'sessions.auth_level as authLevel',
  'sessions.factor_at_ms as factorAtMs',
] as const;

/** The user of an access token, and the session where it names one. One look-up a request. */
export function prepareFindPrincipal(database: Database) {
  return prepareQuery<PrincipalKey, PrincipalRow>(database, (param) =>
    database.db
      .selectFrom('users')
      .leftJoin('sessions', (join) =>
        join.on('sessions.id', '=', param('sessionId')).onRef('sessions.user_id', '=', 'users.id'),
      )
      .select(['users.id', 'users.email', 'users.username', 'users.is_active as isActive'])
      .select(['users.email_verified_at_ms as emailVerifiedAtMs', 'users.locale'])
      .select('users.factor_level as factorLevel')
      .select(sessionOfPrincipal)
      .where('users.id', '=', param('userId')),
  );
}

/** The same for the access tokens of a batch; `item` says whose a row is. */
export function prepareFindPrincipals(database: Database) {
  const find = prepareQuery<{ batch: string }, PrincipalRow & { item: number }>(database, (param) =>
    database.db
      .selectFrom(batchItems(database, param('batch')))
      .innerJoin('users', (join) => join.on('users.id', '=', batchInteger(0)))
      .leftJoin('sessions', (join) =>
        join.on('sessions.id', '=', batchInteger(1)).onRef('sessions.user_id', '=', 'users.id'),
      )
      .select(['users.id', 'users.email', 'users.username', 'users.is_active as isActive'])
      .select(['users.email_verified_at_ms as emailVerifiedAtMs', 'users.locale'])
      .select('users.factor_level as factorLevel')
      .select(sessionOfPrincipal)
      .select(batchInteger(2).as('item')),
  );
  return (keys: readonly PrincipalKey[]) =>
    find({
      batch: JSON.stringify(keys.map(({ userId, sessionId }, item) => [userId, sessionId, item])),
    });
}

export interface PrincipalRow {
  readonly id: number;
  readonly email: string;
  readonly emailVerifiedAtMs: number | null;
  readonly locale: string | null;
  readonly username: string;
  readonly isActive: number;
  readonly factorLevel: AuthLevel;
  /** Null where the token names none, or one that is gone. */
  readonly sessionId: number | null;
  readonly endCause: EndCause | null;
  readonly createdAtMs: number | null;
  readonly authenticatedAtMs: number | null;
  readonly expiresAtMs: number | null;
  readonly impersonatorId: number | null;
  readonly authLevel: AuthLevel | null;
  readonly factorAtMs: number | null;
}

/** Ends the sign-ins of a user that wait for a second factor. */
export async function deleteSignInFlows(trx: Db, userId: number): Promise<void> {
  await trx.deleteFrom('sign_in_flows').where('user_id', '=', userId).execute();
}

/** Ends one session; undefined if it had ended. */
export function endSession(db: Db, id: number, cause: EndCause, nowMs: number) {
  return db
    .updateTable('sessions')
    .set({ ended_at_ms: nowMs, end_cause: cause })
    .where('id', '=', id)
    .where('ended_at_ms', 'is', null)
    .returning('user_id as userId')
    .executeTakeFirst();
}

/**
 * Ends sessions of a user: all, one, or all but one; those that have expired too, whose access tokens
 * may be good for a while, and which a node whose clock is late would still renew.
 *
 * @returns which of them lived
 */
export async function endSessionsOfUser(
  db: Db,
  userId: number,
  cause: EndCause,
  nowMs: number,
  which: { readonly id?: number; readonly exceptId?: number | undefined },
): Promise<number[]> {
  let update = db
    .updateTable('sessions')
    .set({ ended_at_ms: nowMs, end_cause: cause })
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null);
  if (which.id !== undefined) update = update.where('id', '=', which.id);
  if (which.exceptId !== undefined) update = update.where('id', '<>', which.exceptId);
  const ended = await update.returning(['id', 'expires_at_ms']).execute();
  return idsOf(ended.filter((session) => session.expires_at_ms > nowMs));
}

const idsOf = (rows: readonly { id: number }[]) => rows.map(({ id }) => id).sort((a, b) => a - b);

const endOldest = compiledOnce<
  { userId: number; limit: number; nowMs: number; cause: EndCause },
  { id: number }
>((db, param) =>
  db
    .updateTable('sessions')
    .set({ ended_at_ms: param('nowMs'), end_cause: param('cause') })
    .where('user_id', '=', param('userId'))
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', param('nowMs'))
    .where('impersonator_id', 'is', null) // which is not a device of the user
    .where('id', '<=', (eb) =>
      eb
        .selectFrom('sessions as newer')
        .select('newer.id')
        .where('newer.user_id', '=', param('userId'))
        .where('newer.ended_at_ms', 'is', null)
        .where('newer.expires_at_ms', '>', param('nowMs'))
        .where('newer.impersonator_id', 'is', null)
        .orderBy('newer.id', 'desc')
        .limit(1)
        .offset(param('limit')),
    )
    .returning('id'),
);

/** Ends the oldest of a user's sessions, so that no more than `limit` live; gives which. */
export async function endOldestSessions(
  db: Db,
  userId: number,
  limit: number,
  nowMs: number,
): Promise<number[]> {
  const { rows } = await endOldest(db, { userId, limit, nowMs, cause: 'session_limit_reached' });
  return idsOf(rows);
}

/** The sessions of a user that live, the last used first. */
export function findLiveSessions(db: Db, userId: number, nowMs: number, limit: number) {
  return db
    .selectFrom('sessions')
    .select(['id', 'created_at_ms as createdAtMs', 'refreshed_at_ms as refreshedAtMs'])
    .select(['expires_at_ms as expiresAtMs', 'ip', 'device'])
    .select('impersonator_id as impersonatorId')
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .orderBy('refreshed_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** The sessions of a user that are kept, ended ones too, the newest first. */
export function findSessionsOfUser(db: Db, userId: number, limit: number) {
  return db
    .selectFrom('sessions')
    .select(['id', 'generation', 'ip', 'device', 'end_cause as endCause'])
    .select(['created_at_ms as createdAtMs', 'refreshed_at_ms as refreshedAtMs'])
    .select(['expires_at_ms as expiresAtMs', 'ended_at_ms as endedAtMs'])
    .select('authenticated_at_ms as authenticatedAtMs')
    .where('user_id', '=', userId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

/** How many sessions of a user live. */
export async function countLiveSessions(db: Db, userId: number, nowMs: number): Promise<number> {
  const row = await db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('user_id', '=', userId)
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

/** How many sessions live that were refreshed last from one moment on, and before another. */
export async function countRefreshedBetween(
  db: Db,
  nowMs: number,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number | undefined },
): Promise<number> {
  const query = db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('ended_at_ms', 'is', null)
    .where('expires_at_ms', '>', nowMs)
    .where('refreshed_at_ms', '>=', fromMs);
  const until = untilMs === undefined ? query : query.where('refreshed_at_ms', '<', untilMs);
  return Number((await until.executeTakeFirstOrThrow()).n);
}

/**
 * Removes the sessions between two ids that ended, or expired, before a time. Mostly there are none, and nothing is
 * written.
 */
export async function deleteSessionsEndedBefore(
  db: Db,
  range: { afterId: number; throughId: number; beforeMs: number },
): Promise<number> {
  const isOld = sql<boolean>`sessions.id > ${range.afterId} and sessions.id <= ${range.throughId}
    and (sessions.ended_at_ms < ${range.beforeMs} or sessions.expires_at_ms < ${range.beforeMs})`;
  const old = await db.selectFrom('sessions').select('id').where(isOld).limit(1).execute();
  if (old.length === 0) return 0;
  const result = await db.deleteFrom('sessions').where(isOld).executeTakeFirst();
  return Number(result.numDeletedRows);
}
