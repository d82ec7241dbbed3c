import { randomBytes } from 'node:crypto';
import { AppError } from '../../../errors/index.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import { type Principal, principalOf } from './authenticate.ts';
import { prepareFindBrowserSession, prepareNoteUse } from './browser-sessions.queries.ts';
import { requireDueLevel } from './require-due-level.ts';
import type { SessionDeps } from './sessions.ts';
import type { TokenSubject } from './token-cipher.ts';

/**
 * The session of a browser on the account site: an ordinary one, whose refresh token stands in a cookie. Looking
 * at a page does not change the token, because an answer that is lost must sign nobody out. It is exchanged
 * where the user proves again who they are (ASVS 7.2.4).
 */
export interface BrowserSessions {
  /**
   * The principal of the refresh token in a cookie.
   *
   * @throws AppError `not_authenticated` without one; `invalid_token`, with the cause if the session has ended;
   *   `user_inactive`
   */
  find(token: string | undefined): Answer<Principal>;
  /**
   * Exchanges the refresh token of a cookie: it is refused from now on.
   *
   * @returns the next one
   * @throws AppError `invalid_token`
   */
  exchange(token: string): Promise<string>;
}

/** The use of a session is noted at most so often: one small update. */
const noteEveryMs = 5 * 60_000;

export function createBrowserSessions(deps: SessionDeps): BrowserSessions {
  const { database, clock, settings } = deps;
  const { cipher, rotate } = deps.sessions;
  const findSession = prepareFindBrowserSession(database);
  const noteUse = prepareNoteUse(database);

  /** How long a session lives from now on. */
  function lifetime(nowMs: number) {
    return {
      nowMs,
      expiresAtMs: nowMs + settings.get('REFRESH_TOKEN_LIFETIME') * 1000,
      maxAgeMs: settings.get('SESSION_MAX_AGE') * 1000,
    };
  }

  /** What cannot be noted now is noted with the next page: looking at one must not fail for it. */
  async function note(subject: TokenSubject, nowMs: number, notedBeforeMs: number): Promise<void> {
    try {
      await noteUse({ ...subject, ...lifetime(nowMs), notedBeforeMs });
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'database_unavailable')) throw error;
    }
  }

  return {
    find(token) {
      if (token === undefined) throw new AppError('not_authenticated');
      const subject = cipher.open(token);
      if (!subject) throw new AppError('invalid_token');
      const nowMs = clock.nowMs();
      return whenAnswered(findSession(subject), ([row]) => {
        // An administrator in the name of a user has no business on the user's own pages.
        if (!row || row.impersonatorId !== null) throw new AppError('invalid_token');
        const principal = principalOf({ sid: String(subject.sessionId) }, row, nowMs);
        const session = { ...subject, userId: principal.id, authLevel: principal.authLevel };
        const isLookedUp = requireDueLevel(deps, session, 'invalid_token');
        const everyMs = Math.min(noteEveryMs, settings.get('REFRESH_TOKEN_LIFETIME') * 250);
        const notedBeforeMs = nowMs - everyMs;
        const isNoted = row.refreshedAtMs >= notedBeforeMs;
        if (isNoted || settings.get('MAINTENANCE_MODE')) {
          return isLookedUp ? isLookedUp.then(() => principal) : principal;
        }
        return Promise.resolve(isLookedUp)
          .then(() => note(subject, nowMs, notedBeforeMs))
          .then(() => principal);
      });
    },
    async exchange(token) {
      const subject = cipher.open(token);
      // A key that no request can repeat: nobody gets the next token for the one before.
      const retryKey = randomBytes(16).toString('base64url');
      const rotated =
        subject && (await rotate({ ...subject, ...lifetime(clock.nowMs()), retryKey }));
      if (!rotated) throw new AppError('invalid_token');
      return cipher.seal({ ...subject, generation: subject.generation + 1 });
    },
  };
}
