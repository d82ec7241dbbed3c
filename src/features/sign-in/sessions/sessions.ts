import { createHash } from 'node:crypto';
import { createBatcher } from '../../../db/batcher.ts';
import type { Deps } from '../../../deps.ts';
import { AppError, type EndCause } from '../../../errors/index.ts';
import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import { type Authority, createPermissionClaims } from '../../identity/roles/index.ts';
import { type Actor, record } from '../../platform/audit/index.ts';
import type { SigningKeys } from '../../platform/keys/index.ts';
import type { Limits } from '../../platform/limits/index.ts';
import { type AccessTokens, createAccessTokens } from './access-tokens.ts';
import { createRefreshCounters } from './count-refreshes.ts';
import {
  type ClientLogOut,
  endLoggedOut,
  endSessionsOverLimit,
  endStaleSession,
} from './end-sessions.ts';
import { type Impersonation, mayImpersonate } from './impersonation.ts';
import { createFindImported } from './imported-tokens.ts';
import { createFindKnownDevice, type FindKnownDevice, rememberAddress } from './known-devices.ts';
import { withKnownOutcome } from './known-outcome.ts';
import { type LoggedOutRow, prepareFindLoggedOut } from './log-out.queries.ts';
import { onePerToken } from './one-per-token.ts';
import { judgeStaleToken, type StaleToken } from './refresh-rules.ts';
import type { RotatedRow } from './rotate.queries.ts';
import { createRotateSessions } from './rotate-sessions.ts';
import { findSession, insertSession, noteSignIn, type SessionOrigin } from './sessions.queries.ts';
import { createTokenCipher, type TokenSubject } from './token-cipher.ts';

/** What a client gets at login and at each refresh. */
export interface TokenPair {
  readonly access_token: string;
  readonly refresh_token: string;
}

/** Whose password was just checked, and against which hash. */
export interface SignedInUser {
  readonly id: number;
  readonly passwordHash: string;
}

/** What the holder of a token says about it. */
export interface TokenReport {
  /** No request of its own was faster, or that does not matter: a token that was used before ends its session. */
  readonly isReuse: boolean;
}

export interface RefreshOptions extends TokenReport {
  /** Repeated with the same one in time, the same pair is given again. */
  readonly idempotencyKey: string | undefined;
}

export interface Sessions {
  readonly accessTokens: AccessTokens;
  /** The device that wants to sign in, if it has signed in to the account before. */
  readonly findKnownDevice: FindKnownDevice;
  /**
   * Starts a session for a user who has just proved who they are; undefined if they are not active, or
   * their password is another by now: what it once was must not outlive its change.
   */
  start(user: SignedInUser, origin: SessionOrigin): Promise<TokenPair | undefined>;
  /** The first tokens of an impersonation that was started. */
  issueImpersonation(impersonation: Impersonation): Answer<TokenPair>;
  /**
   * Renews a session: the token that is given stops being usable.
   *
   * @param client who holds the token
   * @throws AppError `rate_limited`, or `invalid_refresh_token`, with the cause where the session has
   *   ended
   */
  refresh(refreshToken: string, client: Actor, options: RefreshOptions): Promise<TokenPair>;
  /**
   * Ends a session by its current refresh token.
   *
   * @throws AppError as `refresh`
   */
  logOut(refreshToken: string, client: Actor, report: TokenReport): Promise<void>;
}

/** Whose tokens they are. */
type Holder = Pick<RotatedRow, 'user_id' | 'impersonator_id' | 'expires_at_ms'>;

const maxBatch = 128;
const maxWaiting = 10_000;

export function createSessions(
  deps: Deps & { keys: SigningKeys; limits: Limits; authority: Authority },
): Sessions {
  const { database, settings, clock, metrics, limits } = deps;
  const cipher = createTokenCipher(deps.secretKey, deps.secretKeyFallbacks);
  const findImported = createFindImported(database);
  const accessTokens = createAccessTokens(deps);
  const permissionClaims = createPermissionClaims(deps);
  const counters = createRefreshCounters(metrics);
  const rotateBatches = metrics.commitBatchSize.labels({ operation: 'refresh' });
  const logOutBatches = metrics.commitBatchSize.labels({ operation: 'logout' });
  const rotate = createBatcher({
    run: createRotateSessions(database),
    maxBatch,
    maxWaiting,
    onBatch: (size) => rotateBatches.observe(size),
  });
  const end = createBatcher({
    run: onePerToken(
      withKnownOutcome<ClientLogOut, LoggedOutRow>(
        database,
        (batch) => endLoggedOut(database, batch),
        prepareFindLoggedOut(database),
      ),
    ),
    maxBatch,
    maxWaiting,
    onBatch: (size) => logOutBatches.observe(size),
  });

  /** The tokens of a session's generation. Repeated, they are the same. */
  function issue(
    { user_id: userId, impersonator_id: impersonatorId, expires_at_ms: expiresAtMs }: Holder,
    subject: TokenSubject,
    issuedAtMs: number,
  ): Answer<TokenPair> {
    const issuedAt = Math.floor(issuedAtMs / 1000);
    // Nobody who verifies it elsewhere may take it for longer than the session lasts.
    const exp = Math.min(
      issuedAt + settings.get('ACCESS_TOKEN_LIFETIME'),
      Math.floor(expiresAtMs / 1000),
    );
    const impersonation = impersonatorId !== null && { act: { sub: String(impersonatorId) } };
    return whenAnswered(permissionClaims(userId), (permissions) => ({
      access_token: accessTokens.sign({
        user_id: userId,
        sid: String(subject.sessionId),
        jti: `${subject.sessionId}.${subject.generation}`, // each generation issues one token
        iat: issuedAt,
        exp,
        ...impersonation,
        ...permissions,
      }),
      refresh_token: cipher.seal(subject),
    }));
  }

  async function openToken(refreshToken: string): Promise<TokenSubject> {
    const subject = cipher.open(refreshToken) ?? (await findImported(refreshToken));
    if (!subject) throw new AppError('invalid_refresh_token');
    return subject;
  }

  /**
   * Deals with a token that did not change its session: gives the pair that a retry is due, or says
   * why not, and ends the session where that is due.
   */
  async function settleStale(
    subject: TokenSubject,
    client: Actor,
    { retryKey, isReuse }: Pick<StaleToken, 'retryKey' | 'isReuse'>,
  ): Promise<TokenPair> {
    const { sessionId, generation } = subject;
    const session = await findSession(database.db, sessionId);
    if (!session) throw new AppError('invalid_refresh_token');
    const nowMs = clock.nowMs();
    const verdict = judgeStaleToken(
      {
        generation: session.generation,
        createdAtMs: session.created_at_ms,
        refreshedAtMs: session.refreshed_at_ms,
        expiresAtMs: session.expires_at_ms,
        endCause: session.end_cause as EndCause | null,
        isUserActive: session.is_active === 1,
        retryKey: session.retry_key,
      },
      {
        generation,
        retryKey,
        isReuse,
        nowMs,
        graceMs: settings.get('REFRESH_GRACE_PERIOD') * 1000,
        graceMode: settings.get('REFRESH_GRACE_MODE'),
        maxAgeMs: settings.get('SESSION_MAX_AGE') * 1000,
      },
    );
    switch (verdict.kind) {
      case 'repeated': {
        const successor = { sessionId, generation: session.generation };
        return issue(session, successor, session.refreshed_at_ms);
      }
      case 'refused':
        throw new AppError('invalid_refresh_token', retryAfter(verdict.doubtMs));
      case 'ended':
        throw new AppError('invalid_refresh_token', { endCause: verdict.cause });
      case 'ends':
        await endStaleSession(database, sessionId, verdict.cause, { actor: client, nowMs });
        throw new AppError('invalid_refresh_token', { endCause: verdict.cause });
    }
  }

  /**
   * Ends an impersonation whose administrator may not do it any more.
   *
   * @throws AppError `invalid_refresh_token`, with the cause
   */
  async function requireAllowed(
    { id, user_id: userId }: RotatedRow,
    impersonatorId: number,
    nowMs: number,
  ): Promise<void> {
    const impersonation = { sessionId: id, userId, impersonatorId };
    if (await mayImpersonate(database.db, impersonation, nowMs)) return;
    const cause = 'impersonation_ended';
    await endStaleSession(database, id, cause, { actor: { kind: 'system' }, nowMs });
    throw new AppError('invalid_refresh_token', { endCause: cause });
  }

  return {
    accessTokens,
    findKnownDevice: createFindKnownDevice({ ...deps, cipher, accessTokens }),

    async start({ id: userId, passwordHash }, origin) {
      const nowMs = clock.nowMs();
      const idleMs = settings.get('REFRESH_TOKEN_LIFETIME') * 1000;
      const maxAgeMs = settings.get('SESSION_MAX_AGE') * 1000 || Number.POSITIVE_INFINITY;
      const expiresAtMs = nowMs + Math.min(idleMs, maxAgeMs);
      const limit = settings.get('MAX_SESSIONS_PER_USER');
      const session = await database.transact(async (trx) => {
        const inserted = await insertSession(trx, {
          ...{ ...origin, userId, passwordHash },
          ...{ nowMs, expiresAtMs },
        });
        if (!inserted) return undefined;
        const actor: Actor = { kind: 'user', id: userId, ...origin, sessionId: inserted.id };
        if (limit > 0) await endSessionsOverLimit(trx, userId, limit, { actor, nowMs });
        await rememberAddress(trx, settings, { ...origin, userId, nowMs });
        await noteSignIn(trx, userId, nowMs);
        const details = { device: origin.device };
        await record(trx, { kind: 'session.started', actor, atMs: nowMs, userId, details });
        return inserted;
      });
      const holder = { user_id: userId, impersonator_id: null, expires_at_ms: expiresAtMs };
      return session && issue(holder, { sessionId: session.id, generation: 0 }, nowMs);
    },

    issueImpersonation({ sessionId, userId, impersonatorId, startedAtMs, expiresAtMs }) {
      const holder = {
        user_id: userId,
        impersonator_id: impersonatorId,
        expires_at_ms: expiresAtMs,
      };
      return issue(holder, { sessionId, generation: 0 }, startedAtMs);
    },

    async refresh(refreshToken, client, { idempotencyKey, isReuse }) {
      try {
        const subject = await openToken(refreshToken);
        await limits.count('REFRESHES_PER_SESSION', subject.sessionId);
        const retryKey = idempotencyKey === undefined ? null : hashKey(idempotencyKey);
        const nowMs = clock.nowMs();
        const row = await rotate({
          ...subject,
          nowMs,
          expiresAtMs: nowMs + settings.get('REFRESH_TOKEN_LIFETIME') * 1000,
          maxAgeMs: settings.get('SESSION_MAX_AGE') * 1000,
          retryKey,
        });
        if (row && row.impersonator_id !== null)
          await requireAllowed(row, row.impersonator_id, nowMs);
        const pair = await (row
          ? issue(row, { ...subject, generation: subject.generation + 1 }, nowMs)
          : settleStale(subject, client, { retryKey, isReuse }));
        counters.countPair(row ? 'success' : 'repeated');
        return pair;
      } catch (error) {
        counters.countRefusal(error);
        throw error;
      }
    },

    async logOut(refreshToken, client, { isReuse }) {
      const subject = await openToken(refreshToken);
      const row = await end({ ...subject, client, nowMs: clock.nowMs() });
      if (row) return;
      await settleStale(subject, client, { retryKey: noRetry, isReuse }); // refuses it, and says why
    },
  };
}

/** The key of a request that is no retry of a refresh: no hash is empty. */
const noRetry = '';

/** Tells a client whose refresh was overtaken how long the server cannot tell a retry from theft. */
function retryAfter(doubtMs: number | undefined): { headers?: Record<string, string> } {
  if (doubtMs === undefined) return {};
  return { headers: { 'retry-after': String(Math.ceil(doubtMs / 1000)) } };
}

/** Enough of SHA-256 to know the key again. */
function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22);
}
