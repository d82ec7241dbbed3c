import { sql } from 'kysely';
import type { Database } from '../../../db/database.ts';
import { prepareQuery } from '../../../db/prepared.ts';
import type { PrincipalRow } from './find-principal.queries.ts';
import type { TokenSubject } from './token-cipher.ts';

/** The user and the session of a browser's cookie; none where its refresh token was exchanged since. */
export function prepareFindBrowserSession(database: Database) {
  return prepareQuery<TokenSubject, PrincipalRow & { refreshedAtMs: number }>(database, (param) =>
    database.db
      .selectFrom('sessions')
      .innerJoin('users', 'users.id', 'sessions.user_id')
      .select(['users.id', 'users.email', 'users.username', 'users.is_active as isActive'])
      .select(['users.email_verified_at_ms as emailVerifiedAtMs', 'users.locale'])
      .select(['sessions.id as sessionId', 'sessions.end_cause as endCause'])
      .select(['sessions.created_at_ms as createdAtMs', 'sessions.expires_at_ms as expiresAtMs'])
      .select('sessions.authenticated_at_ms as authenticatedAtMs')
      .select(['sessions.impersonator_id as impersonatorId', 'users.factor_level as factorLevel'])
      .select(['sessions.auth_level as authLevel', 'sessions.factor_at_ms as factorAtMs'])
      .select('sessions.refreshed_at_ms as refreshedAtMs')
      .where('sessions.id', '=', param('sessionId'))
      .where('sessions.generation', '=', param('generation')),
  );
}

interface Use extends TokenSubject {
  readonly nowMs: number;
  /** When it will end unless it is used again. */
  readonly expiresAtMs: number;
  /** How old it may get at all; 0: any age. */
  readonly maxAgeMs: number;
  /** Nothing is written where its last use was noted after this. */
  readonly notedBeforeMs: number;
}

/** Notes that a session is in use, and puts its end off. Its refresh token stays the same. */
export function prepareNoteUse(database: Database) {
  return prepareQuery<Use, unknown>(database, (param) => {
    const number = (name: keyof Use) => sql<number>`cast(${param(name)} as bigint)`;
    const latest = sql<number>`sessions.created_at_ms + ${number('maxAgeMs')}`;
    return database.db
      .updateTable('sessions')
      .set({
        refreshed_at_ms: number('nowMs'),
        expires_at_ms: sql`case
          when ${number('maxAgeMs')} > 0 and ${latest} < ${number('expiresAtMs')}
          then ${latest} else ${number('expiresAtMs')} end`,
      })
      .where('id', '=', param('sessionId'))
      .where('generation', '=', param('generation'))
      .where('ended_at_ms', 'is', null)
      .where('expires_at_ms', '>', param('nowMs'))
      .where('refreshed_at_ms', '<', param('notedBeforeMs'));
  });
}
