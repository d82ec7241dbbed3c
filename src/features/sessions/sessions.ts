import type { Deps } from '../../deps.ts';
import { AppError } from '../../errors.ts';
import type { Answer } from '../../lib/answer.ts';
import { createBatcher } from '../../lib/batcher.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import {
  endSession,
  findSession,
  insertSession,
  prepareLogOutSessions,
  prepareRotateSessions,
  type SessionOrigin,
} from './sessions.queries.ts';
import { createTokenCipher, maxGeneration, type TokenSubject } from './token-cipher.ts';

/** What a client gets at login and at each refresh. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

export interface Sessions {
  readonly accessTokens: AccessTokens;
  /** Starts a session for a user who has just proved who they are; undefined if they are not active. */
  start(userId: number, origin: SessionOrigin): Promise<TokenPair | undefined>;
  /**
   * Renews a session: the token that is given stops being usable.
   *
   * @throws AppError `invalid_refresh_token`, `refresh_token_reused` or `session_ended`
   */
  refresh(refreshToken: string): Promise<TokenPair>;
  /**
   * Ends a session by its current refresh token.
   *
   * @throws AppError as `refresh`
   */
  logOut(refreshToken: string): Promise<void>;
}

const maxBatch = 128;
const maxWaiting = 10_000;

export function createSessions(deps: Deps): Sessions {
  const { database, settings, clock, metrics } = deps;
  const cipher = createTokenCipher(deps.secretKey);
  const accessTokens = createAccessTokens(deps.secretKey, clock);
  const rotate = createBatcher({
    run: onePerSession(prepareRotateSessions(database)),
    maxBatch,
    maxWaiting,
    onBatch: (size) => metrics.commitBatchSize.observe({ operation: 'refresh' }, size),
  });
  const end = createBatcher({
    run: onePerSession(prepareLogOutSessions(database)),
    maxBatch,
    maxWaiting,
    onBatch: (size) => metrics.commitBatchSize.observe({ operation: 'logout' }, size),
  });

  function issue(userId: number, subject: TokenSubject): TokenPair {
    const issuedAt = Math.floor(clock.nowMs() / 1000);
    return {
      access_token: accessTokens.sign({
        user_id: userId,
        sid: String(subject.sessionId),
        jti: `${subject.sessionId}.${subject.generation}`, // each generation issues one token
        iat: issuedAt,
        exp: issuedAt + settings.get('ACCESS_TOKEN_LIFETIME'),
      }),
      refresh_token: cipher.seal(subject),
    };
  }

  function openToken(refreshToken: string): TokenSubject {
    const subject = cipher.open(refreshToken);
    if (!subject) throw new AppError('invalid_refresh_token');
    return subject;
  }

  /** Says why a token was refused, and ends its session where that is due. */
  async function refuse({ sessionId, generation }: TokenSubject): Promise<never> {
    const session = await findSession(database.db, sessionId);
    const nowMs = clock.nowMs();
    if (!session || generation > session.generation) throw new AppError('invalid_refresh_token');
    if (session.ended_at_ms !== null) {
      throw new AppError(
        session.end_cause === 'refresh_token_reused' ? 'refresh_token_reused' : 'session_ended',
      );
    }
    if (session.expires_at_ms <= nowMs || session.is_active === 0) {
      throw new AppError('session_ended');
    }
    if (generation === session.generation) throw new AppError('invalid_refresh_token');
    const graceMs = settings.get('REFRESH_GRACE_PERIOD') * 1000;
    const isRetry =
      generation === session.generation - 1 && nowMs - session.refreshed_at_ms < graceMs;
    if (isRetry) throw new AppError('invalid_refresh_token');
    await endSession(database.db, sessionId, 'refresh_token_reused', nowMs);
    throw new AppError('refresh_token_reused');
  }

  return {
    accessTokens,

    async start(userId, origin) {
      const nowMs = clock.nowMs();
      const session = await insertSession(database.db, {
        ...origin,
        userId,
        nowMs,
        expiresAtMs: nowMs + settings.get('REFRESH_TOKEN_LIFETIME') * 1000,
      });
      return session && issue(userId, { sessionId: session.id, generation: 0 });
    },

    async refresh(refreshToken) {
      const subject = openToken(refreshToken);
      if (subject.generation >= maxGeneration) throw new AppError('session_ended');
      const nowMs = clock.nowMs();
      const row = await rotate({
        ...subject,
        nowMs,
        expiresAtMs: nowMs + settings.get('REFRESH_TOKEN_LIFETIME') * 1000,
      });
      if (!row) return refuse(subject);
      return issue(row.user_id, { sessionId: row.id, generation: subject.generation + 1 });
    },

    async logOut(refreshToken) {
      const subject = openToken(refreshToken);
      const row = await end({ ...subject, nowMs: clock.nowMs() });
      if (!row) await refuse(subject);
    },
  };
}

/**
 * Lets a statement see each session of a batch once: of two calls with the same token one wins.
 *
 * @param run gives the rows that it changed, in any order
 * @returns gives the row of each call; undefined for one that changed nothing
 */
function onePerSession<
  In extends { readonly sessionId: number },
  Row extends { readonly id: number },
>(run: (batch: readonly In[]) => Answer<Row[]>) {
  return async (batch: readonly In[]): Promise<(Row | undefined)[]> => {
    const winners = new Map<number, In>();
    for (const call of batch) if (!winners.has(call.sessionId)) winners.set(call.sessionId, call);
    const rows = new Map((await run([...winners.values()])).map((row) => [row.id, row]));
    return batch.map((call) =>
      winners.get(call.sessionId) === call ? rows.get(call.sessionId) : undefined,
    );
  };
}
