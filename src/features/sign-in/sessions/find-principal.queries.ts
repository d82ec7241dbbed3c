import { batchInteger, batchItems } from '../../../db/batch.ts';
import type { Database } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';
import type { EndCause } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';

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
