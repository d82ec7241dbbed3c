import type { Db } from '../../../db/database.ts';
import type { FactorKind } from './factor-check.ts';

/** The kinds of factors that a user can show, those first that are asked for first. */
export async function findMethods(db: Db, userId: number): Promise<FactorKind[]> {
  const found = await db
    .selectNoFrom(({ exists, selectFrom }) => [
      exists(selectFrom('passkeys').select('id').where('user_id', '=', userId)).as('passkey'),
      exists(
        selectFrom('authenticator_apps')
          .select('id')
          .where('user_id', '=', userId)
          .where('confirmed_at_ms', 'is not', null),
      ).as('totp'),
      exists(selectFrom('recovery_codes').select('id').where('user_id', '=', userId)).as(
        'recovery_code',
      ),
    ])
    .executeTakeFirstOrThrow();
  const kinds = ['passkey', 'totp', 'recovery_code'] as const;
  return kinds.filter((kind) => Boolean(found[kind]));
}
