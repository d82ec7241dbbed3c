import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { Deps } from '../../../deps.ts';
import type { FactorKind } from './factor-check.ts';

type Found = Record<FactorKind | 'usablePasskey', unknown>;

const methodsOf = compiledOnce<{ readonly userId: number; readonly rpId: string }, Found>(
  (db, param) =>
    db.selectNoFrom(({ exists, selectFrom }) => {
      const passkeys = selectFrom('passkeys').select('id').where('user_id', '=', param('userId'));
      const apps = selectFrom('authenticator_apps')
        .select('id')
        .where('user_id', '=', param('userId'))
        .where('confirmed_at_ms', 'is not', null);
      const codes = selectFrom('recovery_codes')
        .select('id')
        .where('user_id', '=', param('userId'));
      return [
        exists(passkeys).as('passkey'),
        exists(passkeys.where('rp_id', '=', param('rpId'))).as('usablePasskey'),
        exists(apps).as('totp'),
        exists(codes).as('recovery_code'),
      ];
    }),
);

/** Those that are asked for first stand first. */
const kinds: readonly FactorKind[] = ['passkey', 'totp', 'recovery_code'];

/** The kinds of factors that a user has. */
export async function findMethods(db: Db, userId: number): Promise<FactorKind[]> {
  const [found] = (await methodsOf(db, { userId, rpId: '' })).rows;
  return kinds.filter((kind) => Boolean(found?.[kind]));
}

/**
 * Those of them that this server can check: a passkey is of one RP ID, and the server may have had another one, or have none
 * any more.
 */
export async function findUsableMethods(
  { relyingParty }: Pick<Deps, 'relyingParty'>,
  db: Db,
  userId: number,
): Promise<FactorKind[]> {
  const [found] = (await methodsOf(db, { userId, rpId: relyingParty?.id ?? '' })).rows;
  return kinds.filter((kind) => Boolean(found?.[kind === 'passkey' ? 'usablePasskey' : kind]));
}
