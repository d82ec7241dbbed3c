import { createHash } from 'node:crypto';
import { AppError } from '../../../errors/index.ts';
import type { Actor } from '../../platform/audit/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { endStaleSession } from './end-sessions.ts';
import { mayImpersonate } from './impersonation.ts';
import { issueTokens, type TokenPair } from './issue-tokens.ts';
import { requireDueLevel } from './require-due-level.ts';
import type { RotatedSession } from './rotate.queries.ts';
import type { SessionDeps } from './sessions.ts';
import { openRefreshToken, settleStaleToken, type TokenReport } from './stale-token.ts';

export interface RefreshOptions extends TokenReport {
  /** A request that repeats it in time gets the same pair again. */
  readonly idempotencyKey: string | undefined;
}

/**
 * Refreshes a session: the token that is sent stops being usable, and the next pair is returned.
 *
 * @param client who holds the token
 * @throws AppError `rate_limited`, or `invalid_refresh_token`, with the cause if the session has ended
 */
export async function refresh(
  deps: SessionDeps & { readonly limits: Limits },
  client: Actor,
  refreshToken: string,
  options: RefreshOptions,
): Promise<TokenPair> {
  const { refreshCounters } = deps.sessions;
  try {
    const { pair, outcome } = await refreshOnce(deps, client, refreshToken, options);
    refreshCounters.countPair(outcome);
    return pair;
  } catch (error) {
    refreshCounters.countRefusal(error);
    throw error;
  }
}

async function refreshOnce(
  deps: SessionDeps & { readonly limits: Limits },
  client: Actor,
  refreshToken: string,
  { idempotencyKey, isReuse }: RefreshOptions,
): Promise<{ pair: TokenPair; outcome: 'success' | 'repeated' }> {
  const { sessions, settings, clock, limits } = deps;
  const subject = await openRefreshToken(sessions, refreshToken);
  await limits.count('REFRESHES_PER_SESSION', subject.sessionId);
  const retryKey = idempotencyKey === undefined ? null : hashKey(idempotencyKey);
  const nowMs = clock.nowMs();
  const session = await sessions.rotate({
    ...subject,
    nowMs,
    expiresAtMs: nowMs + settings.get('REFRESH_TOKEN_LIFETIME') * 1000,
    maxAgeMs: settings.get('SESSION_MAX_AGE') * 1000,
    retryKey,
  });
  if (!session) {
    const pair = await settleStaleToken(deps, client, subject, { retryKey, isReuse });
    return { pair, outcome: 'repeated' };
  }
  if (session.impersonatorId !== null) {
    await requireAllowed(deps, session, session.impersonatorId, nowMs);
  } else {
    const isLookedUp = requireDueLevel(deps, session, 'invalid_refresh_token');
    if (isLookedUp) await isLookedUp;
  }
  const next = { ...session, generation: subject.generation + 1 };
  return { pair: await issueTokens(deps, next, nowMs), outcome: 'success' };
}

/**
 * Ends an impersonation whose administrator may not do it any more.
 *
 * @throws AppError `invalid_refresh_token`, with the cause
 */
async function requireAllowed(
  { database }: SessionDeps,
  { sessionId, userId }: RotatedSession,
  impersonatorId: number,
  nowMs: number,
): Promise<void> {
  if (await mayImpersonate(database.db, { sessionId, userId, impersonatorId }, nowMs)) return;
  const cause = 'impersonation_ended';
  await endStaleSession(database, sessionId, cause, { actor: { kind: 'system' }, nowMs });
  throw new AppError('invalid_refresh_token', { endCause: cause });
}

/** Enough of SHA-256 to know the key again. */
function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
