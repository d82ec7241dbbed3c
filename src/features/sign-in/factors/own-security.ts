import type { Deps } from '../../../deps.ts';
import { findFactorUser } from './factors.queries.ts';
import { type OwnPasskeys, ownPasskeys } from './passkeys/list-passkeys.ts';
import { findPasskeys } from './passkeys/passkeys.queries.ts';
import { type Requirement, requirementOf } from './policy/required-level.ts';
import { type AuthenticatorApp, findApps } from './totp/authenticator-apps.queries.ts';

/** What the pages of a user say of their factors. */
export interface OwnSecurity extends OwnPasskeys {
  readonly apps: readonly AuthenticatorApp[];
  readonly recoveryCodesLeft: number;
  readonly requirement: Requirement;
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
  return {
    ...{ apps, recoveryCodesLeft: user?.codesLeft ?? 0 },
    requirement: requirementOf(settings, user),
    ...ownPasskeys(relyingParty, passkeys, user),
  };
}
