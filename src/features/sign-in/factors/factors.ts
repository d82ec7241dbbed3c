import type { Database, Db } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
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
}

/** All that a user has to sign in with, besides the password. */
export interface Factors {
  /** The confirmed ones. */
  readonly apps: readonly AuthenticatorApp[];
  readonly passkeys: readonly ListedPasskey[];
  readonly recoveryCodesLeft: number;
  readonly rememberedDevices: number;
}

export async function listFactors(
  { database, clock }: { readonly database: Database; readonly clock: Clock },
  userId: number,
  db: Db = database.db,
): Promise<Factors> {
  return {
    apps: await findApps(db, userId),
    passkeys: await findListedPasskeys(db, userId),
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
    passkeys: passkeys.map(({ id, name, createdAtMs, lastUsedAtMs, isBackedUp }) => ({
      ...{ id, name, created_at: time(createdAtMs), last_used_at: time(lastUsedAtMs) },
      is_backed_up: isBackedUp === 1,
    })),
    recovery_codes_left: recoveryCodesLeft,
    remembered_devices: rememberedDevices,
  };
}
