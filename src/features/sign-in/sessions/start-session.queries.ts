import { sql } from 'kysely';
import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
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

const noteSignInOf = compiledOnce<SignIn, unknown>((db, param) =>
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
