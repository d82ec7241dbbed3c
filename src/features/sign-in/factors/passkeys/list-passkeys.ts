import type { Deps } from '../../../../deps.ts';
import { isUsablePasskey } from '../../../../lib/relying-party.ts';
import { providerOf } from './aaguids.ts';
import { findPasskeys, findPasskeyUser } from './passkeys.queries.ts';

/** A passkey as its user sees it. */
export interface OwnPasskey {
  readonly id: number;
  readonly name: string;
  /** Who keeps it; undefined: nobody knows. */
  readonly provider: string | undefined;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number | null;
  readonly isBackedUp: boolean;
  /** Whether it signs in alone: the device finds it without its id, and it has verified its user before. */
  readonly signsInAlone: boolean;
  /** False: it is for an RP ID that the server had before. */
  readonly isUsable: boolean;
}

/**
 * What a browser tells the user's devices (WebAuthn Level 3, 5.1.10), so that they offer no passkey that was removed, and
 * show the user's email of today.
 */
export interface PasskeySignal {
  readonly rpId: string;
  /** The handle, base64url. */
  readonly userId: string;
  readonly name: string;
  readonly displayName: string;
  readonly allAcceptedCredentialIds: readonly string[];
}

export interface OwnPasskeys {
  readonly passkeys: readonly OwnPasskey[];
  /** Undefined: the user never had one. */
  readonly signal: PasskeySignal | undefined;
}

export async function listPasskeys(
  { database: { db }, relyingParty }: Pick<Deps, 'database' | 'relyingParty'>,
  userId: number,
): Promise<OwnPasskeys> {
  const rows = await findPasskeys(db, userId);
  return ownPasskeys(relyingParty, rows, await findPasskeyUser(db, userId));
}

/** @param user what the passkeys say of them */
export function ownPasskeys(
  relyingParty: Deps['relyingParty'],
  rows: Awaited<ReturnType<typeof findPasskeys>>,
  user: Omit<NonNullable<Awaited<ReturnType<typeof findPasskeyUser>>>, 'id'> | undefined,
): OwnPasskeys {
  const usable = rows.filter((row) => isUsablePasskey(relyingParty, row));
  return {
    passkeys: rows.map((row) => ({
      ...{ id: row.id, name: row.name, provider: providerOf(row.aaguid) },
      ...{ createdAtMs: row.createdAtMs, lastUsedAtMs: row.lastUsedAtMs },
      isBackedUp: row.isBackedUp === 1,
      signsInAlone: row.isDiscoverable === 1 && row.isUserVerified === 1,
      isUsable: usable.includes(row),
    })),
    signal:
      relyingParty && user?.handle
        ? {
            ...{ rpId: relyingParty.id, userId: user.handle, name: user.email },
            displayName: user.username || user.email,
            allAcceptedCredentialIds: usable.map(({ credentialId }) => credentialId),
          }
        : undefined,
  };
}

const time = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

/** The same as an answer has it. */
export function passkeysJson({ passkeys, signal }: OwnPasskeys) {
  return {
    passkeys: passkeys.map(({ id, name, provider = null, createdAtMs, lastUsedAtMs, ...is }) => ({
      ...{ id, name, provider },
      ...{ created_at: time(createdAtMs), last_used_at: time(lastUsedAtMs) },
      ...{ is_backed_up: is.isBackedUp, signs_in_alone: is.signsInAlone, is_usable: is.isUsable },
    })),
    signal: signal
      ? {
          ...{ rp_id: signal.rpId, user_id: signal.userId },
          ...{ name: signal.name, display_name: signal.displayName },
          credential_ids: [...signal.allAcceptedCredentialIds],
        }
      : null,
  };
}
