import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { FactorKind } from './factor-check.ts';

const methodsOf = compiledOnce<{ readonly userId: number }, Record<FactorKind, unknown>>(
  (db, param) =>
    db.selectNoFrom(({ exists, selectFrom }) => [
      exists(selectFrom('passkeys').select('id').where('user_id', '=', param('userId'))).as(
        'passkey',
      ),
      exists(
        selectFrom('authenticator_apps')
          .select('id')
          .where('user_id', '=', param('userId'))
          .where('confirmed_at_ms', 'is not', null),
      ).as('totp'),
      exists(selectFrom('recovery_codes').select('id').where('user_id', '=', param('userId'))).as(
        'recovery_code',
      ),
    ]),
);

/** The kinds of factors that a user can show, those first that are asked for first. */
export async function findMethods(db: Db, userId: number): Promise<FactorKind[]> {
  const [found] = (await methodsOf(db, { userId })).rows;
  const kinds = ['passkey', 'totp', 'recovery_code'] as const;
  return kinds.filter((kind) => Boolean(found?.[kind]));
}
