import type { Database, Db } from '../../../db/database.ts';
import type { Clock } from '../../../lib/clock.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { AccessTokens } from './access-tokens.ts';
import {
  deleteKnownAddressesBefore,
  findAddressOwnersAfter,
  forgetAddresses,
  forgetOldestAddresses,
  noteKnownAddress,
  prepareFindKnownAddress,
} from './known-addresses.queries.ts';
import { findSession } from './sessions.queries.ts';
import { createSweepStep } from './sweep-sessions.ts';
import type { TokenCipher } from './token-cipher.ts';

/**
 * Devices that have signed in to an account before: an attacker's failures from elsewhere must not
 * keep them out. See docs/decisions/rate-limits.md.
 */

/** How many addresses are remembered of a user, those used last. */
const maxAddresses = 20;
/** A sign-in from an address that was noted more lately than this writes nothing. */
const dayMs = 86_400_000;

/** What a request that signs in shows of where it comes from. */
export interface SignInSource {
  /** As `countedNetwork` has it. */
  readonly network: string;
  readonly authorization: string | undefined;
}

export interface KnownDevice {
  /** How it is known: it has a token of a session, or comes from an address, of the account. */
  readonly by: 'session' | 'address';
  /** What tells it from the other devices of all accounts. */
  readonly key: string;
}

/** @param userId undefined where nobody has the account: asked for all the same, to take the same time */
export type FindKnownDevice = (
  userId: number | undefined,
  source: SignInSource,
) => Promise<KnownDevice | undefined>;

export function createFindKnownDevice({
  database,
  settings,
  clock,
  cipher,
  accessTokens,
}: {
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly cipher: TokenCipher;
  readonly accessTokens: AccessTokens;
}): FindKnownDevice {
  const findKnownAddress = prepareFindKnownAddress(database);

  /**
   * The session and user of a token of either kind that we made, whether or not it is still good. The
   * device of an administrator who was at it in the name of the user is none of the user's, and one whose
   * session ended with a new password may be a thief's.
   */
  async function sessionOf(token: string) {
    const refresh = cipher.open(token);
    const access = refresh ? undefined : accessTokens.verify(token);
    const sessionId = refresh?.sessionId ?? Number(access?.claims.sid);
    if (access && access.claims.sid === undefined) {
      // Of the system before us: nothing is known of it but how long it is good.
      if (!accessTokens.isCurrent(access)) return undefined;
      return { userId: access.claims.user_id, sessionId: 'none' };
    }
    if (!Number.isSafeInteger(sessionId)) return undefined;
    const row = await findSession(database.db, sessionId);
    if (row?.impersonatorId !== null || row.endCause === 'password_changed') return undefined;
    return { userId: row.userId, sessionId: String(row.sessionId) };
  }

  return async (userId = 0, { network, authorization = '' }) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const session = token === undefined ? undefined : await sessionOf(token);
    const [address] = await findKnownAddress({ userId, network });
    if (session?.userId === userId) {
      return { by: 'session', key: `${userId} session ${session.sessionId}` };
    }
    const sinceMs = clock.nowMs() - settings.get('KNOWN_NETWORK_RETENTION') * 1000;
    if (!address || address.last_used_at_ms <= sinceMs) return undefined;
    return { by: 'address', key: `${userId} address ${network}` };
  };
}

/** Remembers, in the transaction of a sign-in, where it came from. */
export async function rememberAddress(
  trx: Db,
  settings: Settings,
  signIn: { readonly userId: number; readonly address: string | null; readonly nowMs: number },
): Promise<void> {
  const { userId, address, nowMs } = signIn;
  const retentionMs = settings.get('KNOWN_NETWORK_RETENTION') * 1000;
  if (address === null || retentionMs === 0) return;
  const notedLatelyMs = nowMs - Math.min(dayMs, retentionMs / 2);
  const use = { userId, network: countedNetwork(address), nowMs, notedLatelyMs };
  if (await noteKnownAddress(trx, use)) await forgetOldestAddresses(trx, userId, maxAddresses);
}

/**
 * Forgets the networks that a user has signed in from, in the transaction that ends their sessions.
 *
 * @param keptSessionId one that goes on, whose network stays known
 */
export async function forgetNetworks(
  trx: Db,
  userId: number,
  keptSessionId: number | undefined,
): Promise<void> {
  const kept = keptSessionId === undefined ? undefined : await findSession(trx, keptSessionId);
  const address = kept?.address ?? null;
  await forgetAddresses(trx, userId, address === null ? undefined : countedNetwork(address));
}

/** Forgets addresses that were not used for `KNOWN_NETWORK_RETENTION`. */
export const sweepKnownAddresses = createSweepStep({
  retention: 'KNOWN_NETWORK_RETENTION',
  findIdsAfter: findAddressOwnersAfter,
  deleteBefore: deleteKnownAddressesBefore,
});
