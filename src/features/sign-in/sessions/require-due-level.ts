import { AppError } from '../../../errors/index.ts';
import type { AuthLevel } from '../../../lib/auth-level.ts';
import { endStaleSession } from './end-sessions.ts';
import type { SessionDeps } from './sessions.ts';
import { findLevelOnTrustedDevice } from './trusted-devices.queries.ts';

/** A session that is to go on. */
interface GoingOn {
  readonly sessionId: number;
  readonly userId: number;
  readonly authLevel: AuthLevel;
}

/**
 * Ends a session that is weaker than its user must now sign in. It costs nothing if there is no policy, or the
 * session is strong enough for any user. A remembered device stands in for a second factor that works on this server, and not
 * for a passkey.
 *
 * @returns undefined at once if nothing has to be looked up
 * @throws AppError the `code`, with the cause `second_factor_due`
 */
export function requireDueLevel(
  deps: SessionDeps,
  session: GoingOn,
  code: 'invalid_refresh_token' | 'invalid_token',
): Promise<void> | undefined {
  const highest = deps.sessions.factorPolicy.highestLevel();
  if (highest instanceof Promise) {
    return highest.then((level) =>
      session.authLevel < level ? lookUp(deps, session, code) : undefined,
    );
  }
  return session.authLevel < highest ? lookUp(deps, session, code) : undefined;
}

async function lookUp(
  { database, sessions, settings, clock }: SessionDeps,
  { sessionId, userId, authLevel }: GoingOn,
  code: 'invalid_refresh_token' | 'invalid_token',
): Promise<void> {
  const due = await sessions.factorPolicy.dueLevel(userId);
  if (authLevel >= due) return;
  const nowMs = clock.nowMs();
  if (due === 2) {
    const sinceMs = nowMs - settings.get('TRUSTED_DEVICE_LIFETIME') * 1000;
    const factorLevel = await findLevelOnTrustedDevice(database.db, { sessionId, nowMs, sinceMs });
    const user = factorLevel && { userId, factorLevel };
    if (user && (await sessions.factorPolicy.usableLevel(user)) >= due) return;
  }
  const cause = 'second_factor_due';
  const by = { actor: { kind: 'system' }, nowMs } as const;
  await endStaleSession(database, sessionId, cause, by);
  throw new AppError(code, { endCause: cause });
}
