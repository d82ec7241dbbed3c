import { AppError } from '../../../errors/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import { endStaleSession } from './end-sessions.ts';
import { issueTokens, type TokenPair } from './issue-tokens.ts';
import { judgeStaleToken, type StaleToken } from './refresh-rules.ts';
import { findSession } from './sessions.queries.ts';
import type { SessionDeps, Sessions } from './sessions.ts';
import type { TokenSubject } from './token-cipher.ts';

/** What the client says about a token. */
export interface TokenReport {
  /**
   * No other request of the client has used it, or that does not matter: a token that was used before ends its
   * session.
   */
  readonly isReuse: boolean;
}

/** The retry key of a request that is not a retry of a refresh: no hash is empty. */
export const noRetry = '';

/**
 * The session and generation of a refresh token.
 *
 * @throws AppError `invalid_refresh_token` if we did not make it, or import it
 */
export async function openRefreshToken(
  { cipher, findImported }: Sessions,
  refreshToken: string,
): Promise<TokenSubject> {
  const subject = cipher.open(refreshToken) ?? (await findImported(refreshToken));
  if (!subject) throw new AppError('invalid_refresh_token');
  return subject;
}

/**
 * Deals with a token that did not change its session: returns the pair for a retry, or throws the reason, and ends
 * the session if the rules say so.
 *
 * @throws AppError `invalid_refresh_token`, with the cause if the session has ended
 */
export async function settleStaleToken(
  deps: SessionDeps,
  client: Actor,
  { sessionId, generation }: TokenSubject,
  { retryKey, isReuse }: Pick<StaleToken, 'retryKey' | 'isReuse'>,
): Promise<TokenPair> {
  const { database, clock, settings } = deps;
  const session = await findSession(database.db, sessionId);
  if (!session) throw new AppError('invalid_refresh_token');
  const nowMs = clock.nowMs();
  const verdict = judgeStaleToken(session, {
    generation,
    retryKey,
    isReuse,
    nowMs,
    graceMs: settings.get('REFRESH_GRACE_PERIOD') * 1000,
    graceMode: settings.get('REFRESH_GRACE_MODE'),
    maxAgeMs: settings.get('SESSION_MAX_AGE') * 1000,
  });
  switch (verdict.kind) {
    case 'repeated':
      return issueTokens(deps, session, session.refreshedAtMs);
    case 'refused':
      throw new AppError('invalid_refresh_token', retryAfter(verdict.doubtMs));
    case 'ended':
      throw new AppError('invalid_refresh_token', { endCause: verdict.cause });
    case 'ends':
      await endStaleSession(database, sessionId, verdict.cause, { actor: client, nowMs });
      throw new AppError('invalid_refresh_token', { endCause: verdict.cause });
  }
}

/** Tells a client whose refresh was overtaken how long the server cannot tell a retry from theft. */
function retryAfter(doubtMs: number | undefined): { headers?: Record<string, string> } {
  if (doubtMs === undefined) return {};
  return { headers: { 'retry-after': String(Math.ceil(doubtMs / 1000)) } };
}
