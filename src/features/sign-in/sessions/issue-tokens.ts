import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import { type AuthLevel, acrOf } from '../../../lib/auth-level.ts';
import type { SessionDeps } from './sessions.ts';
import type { TokenSubject } from './token-cipher.ts';

/** The tokens that a client gets at login and at each refresh. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** How the user of a session has proved who they are, as its row has it. */
export interface HowProven {
  readonly authLevel: AuthLevel;
  /** With a space between them (RFC 8176); null: nobody noted it. */
  readonly amr: string | null;
  readonly createdAtMs: number;
  /** Null: when the session was started. */
  readonly authenticatedAtMs: number | null;
}

/** A session, and the generation of it that tokens are for. */
export interface TokenHolder extends TokenSubject, HowProven {
  readonly userId: number;
  /** The administrator who acts in the name of the user; null: nobody. */
  readonly impersonatorId: number | null;
  readonly expiresAtMs: number;
}

/** The tokens of a session's generation. Issued again for the same moment, they are the same. */
export function issueTokens(
  { sessions, settings }: Pick<SessionDeps, 'sessions' | 'settings'>,
  { sessionId, generation, userId, impersonatorId, expiresAtMs, ...proven }: TokenHolder,
  issuedAtMs: number,
): Answer<TokenPair> {
  const issuedAt = Math.floor(issuedAtMs / 1000);
  // Servers that verify the token must not accept it for longer than the session lasts.
  const exp = Math.min(
    issuedAt + settings.get('ACCESS_TOKEN_LIFETIME'),
    Math.floor(expiresAtMs / 1000),
  );
  const impersonation = impersonatorId !== null && { act: { sub: String(impersonatorId) } };
  return whenAnswered(sessions.permissionClaims(userId), (permissions) => ({
    access_token: sessions.accessTokens.sign({
      user_id: userId,
      sid: String(sessionId),
      jti: `${sessionId}.${generation}`, // each generation issues one token
      iat: issuedAt,
      exp,
      ...howClaims(proven),
      ...impersonation,
      ...permissions,
    }),
    refresh_token: sessions.cipher.seal({ sessionId, generation }),
  }));
}

/** How and when the user was recognized (OpenID Connect Core 2, RFC 9470 6). */
function howClaims({ amr, authLevel, createdAtMs, authenticatedAtMs }: HowProven) {
  if (amr === null) return {};
  const auth_time = Math.floor((authenticatedAtMs ?? createdAtMs) / 1000);
  return { acr: acrOf(authLevel), amr: amr.split(' '), auth_time };
}
