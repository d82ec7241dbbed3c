import type { Database, Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import type { Clock } from '../../../lib/clock.ts';
import { countedNetwork } from '../../../lib/ip-address.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { AccessTokens } from './access-tokens.ts';
import {
  deleteKnownNetworksBefore,
  findNetworkOwnersAfter,
  findNetworkUse,
  forgetKnownNetworks,
  forgetOldestNetworks,
  noteKnownNetwork,
  prepareFindKnownNetwork,
} from './known-networks.queries.ts';
import { findSession } from './sessions.queries.ts';
import { createSweepStep } from './sweep-sessions.ts';
import type { TokenCipher } from './token-cipher.ts';

/**
 * Devices that have signed in to an account before: an attacker's failures from elsewhere must not
 * block them. See docs/decisions/rate-limits.md.
 */

/** How many networks are remembered for a user: those used last. */
const maxNetworks = 20;
/** A sign-in from a network that was noted more recently than this writes nothing. */
const dayMs = 86_400_000;

/** Where a sign-in comes from. */
export interface SignInSource {
  /** As `countedNetwork` has it. */
  readonly network: string;
  readonly authorization: string | undefined;
}

export interface KnownDevice {
  /** How it is known: by a token of a session of the account, or by its network. */
  readonly by: 'session' | 'network';
  /** Unique among the devices of all accounts. */
  readonly key: string;
}

/** @param userId undefined if there is no account: it looks up nevertheless, to take the same time */
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
  const findKnownNetwork = prepareFindKnownNetwork(database);

  /**
   * The session and user of a token of either kind that we made, whether or not it is still valid. Not of an
   * administrator who acted in the name of the user, which is not the user's device, and not of a session that ended
   * with a new password, which may be a thief's.
   */
  async function sessionOf(token: string) {
    const refresh = cipher.open(token);
    const access = refresh ? undefined : accessTokens.verify(token);
    const sessionId = refresh?.sessionId ?? Number(access?.claims.sid);
    if (access && access.claims.sid === undefined) {
      // Of the previous system: only its expiry is known.
      if (!accessTokens.isCurrent(access)) return undefined;
      return { userId: access.claims.user_id, sessionId: 'none' };
    }
    if (!Number.isSafeInteger(sessionId)) return undefined;
    const row = await findSession(database.db, sessionId);
    if (row?.impersonatorId !== null || endedByNewPassword(row.endCause)) return undefined;
    return { userId: row.userId, sessionId: String(row.sessionId) };
  }

  return async (userId = 0, { network, authorization = '' }) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    const session = token === undefined ? undefined : await sessionOf(token);
    const [known] = await findKnownNetwork({ userId, network });
    if (session?.userId === userId) {
      return { by: 'session', key: `${userId} session ${session.sessionId}` };
    }
    const sinceMs = clock.nowMs() - settings.get('KNOWN_NETWORK_RETENTION') * 1000;
    if (!known || known.lastUsedAtMs <= sinceMs) return undefined;
    return { by: 'network', key: `${userId} network ${network}` };
  };
}

/**
 * Whether a user has signed in from a network lately.
 *
 * @param userId 0 where there is no account: looked up all the same, to take the same time
 */
export async function isKnownNetwork(
  { database, settings, clock }: Pick<Deps, 'database' | 'settings' | 'clock'>,
  userId: number,
  network: string,
): Promise<boolean> {
  const lastUsedAtMs = await findNetworkUse(database.db, { userId, network });
  const sinceMs = clock.nowMs() - settings.get('KNOWN_NETWORK_RETENTION') * 1000;
  return lastUsedAtMs !== undefined && lastUsedAtMs > sinceMs;
}

const newPasswordCauses: ReadonlySet<string> = new Set([
  'password_changed',
  'password_reset',
  'email_proven',
  'email_restored',
  'reported_by_user',
]);

/** Whether sessions ended because their password is not valid any more: they may be a thief's. */
export function endedByNewPassword(cause: string | null): boolean {
  return cause !== null && newPasswordCauses.has(cause);
}

/** Remembers the network of a sign-in, in its transaction. */
export async function rememberNetwork(
  trx: Db,
  settings: Settings,
  signIn: { readonly userId: number; readonly ip: string | null; readonly nowMs: number },
): Promise<void> {
  const { userId, ip, nowMs } = signIn;
  const retentionMs = settings.get('KNOWN_NETWORK_RETENTION') * 1000;
  if (ip === null || retentionMs === 0) return;
  const notedLatelyMs = nowMs - Math.min(dayMs, retentionMs / 2);
  const use = { userId, network: countedNetwork(ip), nowMs, notedLatelyMs };
  if (await noteKnownNetwork(trx, use)) await forgetOldestNetworks(trx, userId, maxNetworks);
}

/**
 * Forgets the networks that a user has signed in from, in the transaction that ends their sessions.
 *
 * @param keptSessionId a session that goes on, whose network stays known
 */
export async function forgetNetworks(
  trx: Db,
  userId: number,
  keptSessionId: number | undefined,
): Promise<void> {
  const kept = keptSessionId === undefined ? undefined : await findSession(trx, keptSessionId);
  const ip = kept?.ip ?? null;
  await forgetKnownNetworks(trx, userId, ip === null ? undefined : countedNetwork(ip));
}

/** Forgets networks that were not used for `KNOWN_NETWORK_RETENTION`. */
export const sweepKnownNetworks = createSweepStep({
  retention: 'KNOWN_NETWORK_RETENTION',
  findIdsAfter: findNetworkOwnersAfter,
  deleteBefore: deleteKnownNetworksBefore,
});
