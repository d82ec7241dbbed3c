import type { Db } from '../../../db/database.ts';
import { compiledOnce } from '../../../db/prepared.ts';
import type { Deps } from '../../../deps.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import type { FactorKind } from './factor-check.ts';

type Found = Record<FactorKind | 'usablePasskey' | 'strongPasskey', unknown>;

const methodsOf = compiledOnce<{ readonly userId: number; readonly rpId: string }, Found>(
  (db, param) =>
    db.selectNoFrom(({ exists, selectFrom }) => {
      const passkeys = selectFrom('passkeys').select('id').where('user_id', '=', param('userId'));
      const usable = passkeys.where('rp_id', '=', param('rpId'));
      const apps = selectFrom('authenticator_apps')
        .select('id')
        .where('user_id', '=', param('userId'))
        .where('confirmed_at_ms', 'is not', null);
      const codes = selectFrom('recovery_codes')
        .select('id')
        .where('user_id', '=', param('userId'));
      return [
        exists(passkeys).as('passkey'),
        exists(usable).as('usablePasskey'),
        exists(usable.where('is_user_verified', '=', 1)).as('strongPasskey'),
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
 *
 * @param dueLevel what the user has to reach; absent: any is enough. Who has no passkey here that is strong enough gets to the
 *   enrolment of one by any factor
 */
export async function findUsableMethods(
  { relyingParty }: Pick<Deps, 'relyingParty'>,
  db: Db,
  userId: number,
  dueLevel: AuthLevel = 1,
): Promise<FactorKind[]> {
  const [found] = (await methodsOf(db, { userId, rpId: relyingParty?.id ?? '' })).rows;
  if (dueLevel === 3 && found?.strongPasskey) return ['passkey'];
  return kinds.filter((kind) => Boolean(found?.[kind === 'passkey' ? 'usablePasskey' : kind]));
}

/**
 * What the factors of a user are good for on this server: passkeys of another RP ID count as factors, and are none to sign in
 * with. 1: none works here.
 */
export async function findUsableLevel(
  { relyingParty }: Pick<Deps, 'relyingParty'>,
  db: Db,
  { userId, factorLevel }: { readonly userId: number; readonly factorLevel: AuthLevel },
): Promise<AuthLevel> {
  if (factorLevel === 1) return 1;
  const [found] = (await methodsOf(db, { userId, rpId: relyingParty?.id ?? '' })).rows;
  return usableLevelOf({
    hasStrong: Boolean(found?.strongPasskey),
    hasAny: Boolean(found?.usablePasskey || found?.totp),
  });
}

/** @param usable of the factors that work on this server: `hasStrong`: a passkey that verifies its user */
export function usableLevelOf(usable: {
  readonly hasStrong: boolean;
  readonly hasAny: boolean;
}): AuthLevel {
  if (usable.hasStrong) return 3;
  return usable.hasAny ? 2 : 1;
}
