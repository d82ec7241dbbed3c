import {
  type Factors,
  listFactors,
  listPasskeys,
  type PasskeySignal,
} from '../../sign-in/factors/index.ts';
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
  /** What password managers are told of the passkeys; undefined: there never was one. */
  readonly signal: PasskeySignal | undefined;
};

/** What the user has beside the password. */
export async function findOwnFactors(
  deps: Pick<AccountSiteDeps, 'database' | 'clock' | 'relyingParty'>,
  userId: number,
): Promise<OwnFactors> {
  const { apps, recoveryCodesLeft } = await listFactors(deps, userId);
  const { passkeys, signal } = await listPasskeys(deps, userId);
  return {
    ...{ recoveryCodesLeft, signal },
    factors: [
      ...passkeys.map((passkey) => ({
        ...passkey,
        kind: 'passkey' as const,
        isSynced: passkey.isBackedUp,
      })),
      ...apps.map((app) => ({ ...app, kind: 'totp' as const, isSynced: false })),
    ],
  };
}
