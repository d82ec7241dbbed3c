import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { isUsablePasskey } from '../../../lib/relying-party.ts';
import { countTrustedDevices, findListedPasskeys } from './factors.queries.ts';
import { countRecoveryCodes } from './recovery-codes/recovery-codes.queries.ts';
import { type AuthenticatorApp, findApps } from './totp/authenticator-apps.queries.ts';

export interface ListedPasskey {
  readonly id: number;
  readonly name: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  /** 1 or 0: whether its provider keeps a copy. */
  readonly isBackedUp: number;
  /** False: it is for an RP ID that the server had before. */
  readonly isUsable: boolean;
}

/** All that a user has to sign in with, besides the password. */
export interface Factors {
  /** The confirmed ones. */
  readonly apps: readonly AuthenticatorApp[];
  readonly passkeys: readonly ListedPasskey[];
  readonly recoveryCodesLeft: number;
  readonly rememberedDevices: number;
}

type ListDeps = Pick<Deps, 'database' | 'clock' | 'relyingParty'>;

/** @param deps `relyingParty`: of the server; a command has to be told it */
export async function listFactors(
  { database, clock, relyingParty }: ListDeps,
  userId: number,
  db: Db = database.db,
): Promise<Factors> {
  const passkeys = await findListedPasskeys(db, userId);
  return {
    apps: await findApps(db, userId),
    passkeys: passkeys.map((row) => ({ ...row, isUsable: isUsablePasskey(relyingParty, row) })),
    recoveryCodesLeft: await countRecoveryCodes(db, userId),
    rememberedDevices: await countTrustedDevices(db, userId, clock.nowMs()),
  };
}

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** The same as an answer has it. */
export function factorsJson({ apps, passkeys, recoveryCodesLeft, rememberedDevices }: Factors) {
  return {
    authenticator_apps: apps.map(({ id, name, createdAtMs, lastUsedAtMs }) => ({
      ...{ id, name, created_at: time(createdAtMs), last_used_at: time(lastUsedAtMs) },
    })),
    passkeys: passkeys.map(({ id, name, createdAtMs, lastUsedAtMs, isBackedUp, isUsable }) => ({
      ...{ id, name, created_at: time(createdAtMs), last_used_at: time(lastUsedAtMs) },
      ...{ is_backed_up: isBackedUp === 1, is_usable: isUsable },
    })),
    recovery_codes_left: recoveryCodesLeft,
    remembered_devices: rememberedDevices,
  };
}
