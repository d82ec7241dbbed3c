import { type Factors, listFactors } from '../../sign-in/factors/index.ts';
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
}

export type OwnFactors = Pick<Factors, 'recoveryCodesLeft'> & {
  readonly factors: readonly OwnFactor[];
};

/** What the user has beside the password. */
export async function findOwnFactors(
  deps: Pick<AccountSiteDeps, 'database' | 'clock'>,
  userId: number,
): Promise<OwnFactors> {
  const { apps, passkeys, recoveryCodesLeft } = await listFactors(deps, userId);
  return {
    recoveryCodesLeft,
    factors: [
      ...passkeys.map(({ isBackedUp, ...passkey }) => ({
        ...passkey,
        kind: 'passkey' as const,
        isSynced: isBackedUp === 1,
      })),
      ...apps.map((app) => ({ ...app, kind: 'totp' as const, isSynced: false })),
    ],
  };
}
