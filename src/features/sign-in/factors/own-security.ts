import type { Deps } from '../../../deps.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { isUsablePasskey } from '../../../lib/relying-party.ts';
import { findFactorUser } from './factors.queries.ts';
import { usableLevelOf } from './methods.queries.ts';
import { type OwnPasskeys, ownPasskeys } from './passkeys/list-passkeys.ts';
import { findPasskeys } from './passkeys/passkeys.queries.ts';
import { type Requirement, requirementOf } from './policy/required-level.ts';
import { type AuthenticatorApp, findApps } from './totp/authenticator-apps.queries.ts';

/** What the pages of a user say of their factors. */
export interface OwnSecurity extends OwnPasskeys {
  readonly apps: readonly AuthenticatorApp[];
  readonly recoveryCodesLeft: number;
  readonly requirement: Requirement;
  /** What the factors are good for on this server, as `findUsableLevel`. */
  readonly usableLevel: AuthLevel;
}

/** In three queries: a page that is looked at often asks for all of it. */
export async function readOwnSecurity(
  {
    database: { db },
    settings,
    relyingParty,
  }: Pick<Deps, 'database' | 'settings' | 'relyingParty'>,
  userId: number,
): Promise<OwnSecurity> {
  const apps = await findApps(db, userId);
  const passkeys = await findPasskeys(db, userId);
  const user = await findFactorUser(db, userId);
  const usable = passkeys.filter((row) => isUsablePasskey(relyingParty, row));
  const usableLevel = usableLevelOf({
    hasStrong: usable.some(({ isUserVerified }) => isUserVerified === 1),
    hasAny: usable.length + apps.length > 0,
  });
  return {
    ...{ apps, recoveryCodesLeft: user?.codesLeft ?? 0 },
    requirement: requirementOf(settings, user),
    usableLevel: user?.factorLevel === 1 ? 1 : usableLevel,
    ...ownPasskeys(relyingParty, passkeys, user),
  };
}
