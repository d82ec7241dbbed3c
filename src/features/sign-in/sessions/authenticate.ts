import { isUtf8 } from 'node:buffer';
import type { Database } from '../../../db/database.ts';
import { AppError } from '../../../errors/index.ts';
import type { UserPrincipal } from '../../../http/types.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import type { Clock } from '../../../lib/clock.ts';
import { createRecentMap } from '../../../lib/recent-map.ts';
import type { AccessClaims, AccessTokens, VerifiedToken } from './access-tokens.ts';
import type { PrincipalRow } from './find-principal.queries.ts';
import { createFindPrincipal } from './find-principal.ts';
import { mayImpersonate } from './impersonation.ts';

/** The principal of a request. */
export interface Principal extends UserPrincipal {
  /** When the session ends unless it is refreshed; undefined without one. */
  readonly sessionEndsAtMs: number | undefined;
}

/** @throws AppError 401, which says what is wrong with the header, the token, or the user */
export type Authenticate = (authorization: string | undefined) => Answer<Principal>;

/** The principal of a header, and the version of the database at which it was read. */
interface Known {
  readonly token: VerifiedToken;
  readonly version: number | undefined;
  readonly principal: Principal;
}

/** How many headers are remembered: about 30 MB where so many users are at it. */
const maxKnown = 50_000;
/**
 * A longer one is not remembered. Ours are shorter, unless many permissions are in it, but anybody with
 * a token can put any amount of white space in front of it, and would so fill the memory with spellings
 * of one header.
 */
const maxKnownLength = 1_024;

/**
 * The principal of an `Authorization` header (RFC 6750 2.1).
 *
 * The principal of a valid header is remembered, because its signature does not change. But its expiry is checked
 * each time, and what was read of its user and session is used again only while nothing relevant has been committed
 * to the database since. So no answer is ever given for a session that has ended. PostgreSQL cannot tell that without
 * a query, so there each request reads.
 */
export function createAuthenticate({
  database,
  clock,
  accessTokens,
}: {
  readonly database: Database;
  readonly clock: Clock;
  readonly accessTokens: AccessTokens;
}): Authenticate {
  const findPrincipal = createFindPrincipal(database);
  const known = createRecentMap<string, Known>(maxKnown);

  return (authorization = '') => {
    const version = database.version();
    const entry = known.get(authorization);
    const token = entry?.token ?? accessTokens.verify(bearerToken(authorization));
    if (!token || !accessTokens.isCurrent(token)) throw new AppError('invalid_token');
    const nowMs = clock.nowMs();
    if (entry && version !== undefined && entry.version === version) {
      // Else it has ended, or was refreshed, which no version tells.
      if (!hasExpired(entry.principal, nowMs)) return entry.principal;
    }
    const { user_id: userId, sid } = token.claims;
    return whenAnswered(findPrincipal(userId, Number(sid ?? 0)), (row) => {
      const principal = principalOf(token.claims, row, nowMs);
      const { sessionId, impersonatorId } = principal;
      if (sessionId !== undefined && impersonatorId !== undefined) {
        const impersonation = { sessionId, userId: principal.id, impersonatorId };
        return requireAllowed(database, impersonation, nowMs).then(() => principal);
      }
      if (authorization.length <= maxKnownLength) {
        known.set(authorization, { token, version, principal });
      }
      return principal;
    });
  };
}

/**
 * An administrator acts in the name of the user, and may have lost the permission since: so it is checked each time.
 */
async function requireAllowed(
  { db }: Database,
  impersonation: Parameters<typeof mayImpersonate>[1],
  nowMs: number,
): Promise<void> {
  if (await mayImpersonate(db, impersonation, nowMs)) return;
  throw new AppError('invalid_token', { endCause: 'impersonation_ended' });
}

/** @throws AppError `user_inactive`, `invalid_token` */
export function principalOf(
  claims: Pick<AccessClaims, 'sid'>,
  row: PrincipalRow | undefined,
  nowMs: number,
): Principal {
  if (row?.isActive !== 1) throw new AppError('user_inactive');
  if (row.endCause !== null) throw new AppError('invalid_token', { endCause: row.endCause });
  // Gone without a trace: it ended longer ago than ended sessions are kept.
  if (claims.sid !== undefined && row.sessionId === null) throw new AppError('invalid_token');
  const principal: Principal = {
    kind: 'user',
    id: row.id,
    email: row.email,
    username: row.username,
    isEmailVerified: row.emailVerifiedAtMs !== null,
    locale: row.locale,
    sessionId: row.sessionId ?? undefined,
    authTimeMs: row.authenticatedAtMs ?? row.createdAtMs ?? undefined,
    authLevel: row.authLevel ?? 1,
    factorLevel: row.factorLevel,
    factorAtMs: row.factorAtMs ?? undefined,
    sessionEndsAtMs: row.expiresAtMs ?? undefined,
    impersonatorId: row.impersonatorId ?? undefined,
  };
  if (!hasExpired(principal, nowMs)) return principal;
  throw new AppError('invalid_token', { endCause: 'session_expired' });
}

/** A session may end before its access token, where it does not live as long as that. */
function hasExpired(
  { sessionEndsAtMs }: Pick<Principal, 'sessionEndsAtMs'>,
  nowMs: number,
): boolean {
  return sessionEndsAtMs !== undefined && sessionEndsAtMs <= nowMs;
}

/** Takes the token out of the header, with the contract's word for each way in which it is not there. */
function bearerToken(authorization: string): string {
  if (authorization.startsWith('Bearer ') && isPlainToken(authorization, 7)) {
    return authorization.slice(7);
  }
  const [scheme = '', token, ...rest] = authorization.split(/[\t-\r ]+/).filter(Boolean);
  if (scheme.toLowerCase() !== 'bearer') throw new AppError('not_authenticated');
  if (token === undefined) throw new AppError('invalid_token_header');
  if (rest.length > 0) {
    throw new AppError('invalid_token_header', {
      detail: 'Invalid token header. Token string should not contain spaces.',
    });
  }
  // Node reads headers as Latin-1, so these are the bytes as they came.
  if (!isUtf8(Buffer.from(token, 'latin1'))) {
    throw new AppError('invalid_token_header', {
      detail: 'Invalid token header. Token string should not contain invalid characters.',
    });
  }
  return token;
}

function isPlainToken(text: string, from: number): boolean {
  if (text.length === from) return false;
  for (let i = from; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code > 0x7e) return false;
  }
  return true;
}
