import { type OwnSecurity, readOwnSecurity } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';

/** A factor as the pages name it. */
export interface OwnFactor {
  readonly kind: 'totp' | 'passkey';
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  /** Whether it is on other devices of the user as well. */
  readonly isSynced: boolean;
  /** False: a passkey of an RP ID that the server had before. */
  readonly isUsable: boolean;
}

/** `signal`: what password managers are told of the passkeys; undefined: there never was one. */
export type OwnFactors = Pick<
  OwnSecurity,
  'recoveryCodesLeft' | 'signal' | 'requirement' | 'usableLevel'
> & {
  readonly factors: readonly OwnFactor[];
};

/** What the user has beside the password. */
export async function findOwnFactors(
  deps: Pick<AccountSiteDeps, 'database' | 'settings' | 'relyingParty'>,
  userId: number,
): Promise<OwnFactors> {
  const { apps, passkeys, ...rest } = await readOwnSecurity(deps, userId);
  return {
    ...rest,
    factors: [
      ...passkeys.map((passkey) => ({
        ...passkey,
        kind: 'passkey' as const,
        isSynced: passkey.isBackedUp,
      })),
      ...apps.map((app) => ({ ...app, kind: 'totp' as const, isSynced: false, isUsable: true })),
    ],
  };
}
