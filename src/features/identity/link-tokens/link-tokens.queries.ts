import type { Db } from '../../../db/database.ts';

/** The purpose of a link. A token is valid for that alone. */
export type Purpose = 'invitation' | 'setup';

export async function insertToken(
  db: Db,
  token: {
    tokenHash: string;
    purpose: Purpose;
    userId: number | null;
    issuedBy: number | null;
    createdAtMs: number;
    expiresAtMs: number;
  },
): Promise<void> {
  await db
    .insertInto('link_tokens')
    .values({
      token_hash: token.tokenHash,
      purpose: token.purpose,
      user_id: token.userId,
      issued_by: token.issuedBy,
      created_at_ms: token.createdAtMs,
      expires_at_ms: token.expiresAtMs,
    })
    .execute();
}

/** Removes the tokens of a purpose and a user (null: of nobody), and all that have expired. */
export async function deleteTokens(
  db: Db,
  which: { purpose: Purpose; userId: number | null; nowMs: number },
): Promise<void> {
  await db
    .deleteFrom('link_tokens')
    .where((eb) =>
      eb.or([
        eb('expires_at_ms', '<=', which.nowMs),
        eb.and([
          eb('purpose', '=', which.purpose),
          eb('user_id', which.userId === null ? 'is' : '=', which.userId),
        ]),
      ]),
    )
    .execute();
}

export interface TokenKey {
  readonly hash: string;
  readonly purpose: Purpose;
  readonly nowMs: number;
}

/** The token, if it is good now. */
export function findToken(db: Db, { hash, purpose, nowMs }: TokenKey) {
  return db
    .selectFrom('link_tokens')
    .select(['user_id as userId', 'issued_by as issuedBy'])
    .where('token_hash', '=', hash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .executeTakeFirst();
}

/** Takes the token away, if it is good now: of any number who do so at once one gets it. */
export function takeToken(db: Db, { hash, purpose, nowMs }: TokenKey) {
  return db
    .deleteFrom('link_tokens')
    .where('token_hash', '=', hash)
    .where('purpose', '=', purpose)
    .where('expires_at_ms', '>', nowMs)
    .returning(['user_id as userId', 'issued_by as issuedBy'])
    .executeTakeFirst();
}
