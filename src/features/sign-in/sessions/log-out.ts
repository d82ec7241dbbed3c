import type { Actor } from '../../platform/audit/index.ts';
import type { SessionDeps } from './sessions.ts';
import { noRetry, openRefreshToken, settleStaleToken, type TokenReport } from './stale-token.ts';

/**
 * Ends a session by its current refresh token.
 *
 * @param client who holds the token
 * @throws AppError `invalid_refresh_token`, with the cause if the session has ended
 */
export async function logOut(
  deps: SessionDeps,
  client: Actor,
  refreshToken: string,
  { isReuse }: TokenReport,
): Promise<void> {
  const subject = await openRefreshToken(deps.sessions, refreshToken);
  const call = { ...subject, client, nowMs: deps.clock.nowMs() };
  if (await deps.sessions.endByToken(call)) return;
  // Refuses it, and says why.
  await settleStaleToken(deps, client, subject, { retryKey: noRetry, isReuse });
}
