import type { EndCause } from '../../../errors/index.ts';
import { happenedWithin } from '../../../lib/clock.ts';

/**
 * The meaning of a refresh token that did not refresh its session. The rules are in docs/decisions/refresh-tokens.md:
 * reuse is theft, a retry is not.
 */

/** A session as the database has it, after the token was not accepted. */
export interface SessionState {
  readonly generation: number;
  readonly createdAtMs: number;
  readonly refreshedAtMs: number;
  readonly expiresAtMs: number;
  readonly endCause: EndCause | null;
  readonly isActive: number;
  /** The hash of the key of the request that refreshed it last. */
  readonly retryKey: string | null;
}

/** The token that came, and under which rules. */
export interface StaleToken {
  readonly generation: number;
  readonly retryKey: string | null;
  /** Its holder says that somebody else has used it. */
  readonly isReuse: boolean;
  readonly nowMs: number;
  readonly graceMs: number;
  readonly graceMode: 'keyed' | 'open';
  /** 0: any age. */
  readonly maxAgeMs: number;
}

export type Verdict =
  /** Refused, and nothing else happens. Sent again after `doubtMs` it would be theft; absent: it never would. */
  | { readonly kind: 'refused'; readonly doubtMs?: number }
  /** Refused: the session had ended before. */
  | { readonly kind: 'ended'; readonly cause: EndCause }
  /** Answered with the successor that was handed out already. */
  | { readonly kind: 'repeated' }
  /** Refused, and the session ends: somebody else has used the token since, or may have. */
  | { readonly kind: 'ends'; readonly cause: EndCause };

/** Decides what a token means that could not refresh its session. */
export function judgeStaleToken(session: SessionState, token: StaleToken): Verdict {
  if (session.endCause !== null) return { kind: 'ended', cause: session.endCause };
  if (isExpired(session, token)) return { kind: 'ended', cause: 'session_expired' };
  if (session.isActive === 0) return { kind: 'ended', cause: 'user_deactivated' };
  // From the future: the database was restored from a backup that is older than the token. The token that the database
  // now takes for the current one was superseded once, and may be a thief's.
  if (token.generation > session.generation) return { kind: 'ends', cause: 'database_restored' };
  if (token.generation === session.generation) return { kind: 'refused' }; // of the same batch
  if (!isInGrace(session, token)) return { kind: 'ends', cause: 'refresh_token_reused' };
  if (isRepeat(session, token)) return { kind: 'repeated' };
  if (token.isReuse) return { kind: 'ends', cause: 'refresh_token_reused' };
  return { kind: 'refused', doubtMs: session.refreshedAtMs + token.graceMs - token.nowMs };
}

function isExpired(session: SessionState, { nowMs, maxAgeMs }: StaleToken): boolean {
  const isTooOld = maxAgeMs > 0 && session.createdAtMs + maxAgeMs <= nowMs;
  return isTooOld || session.expiresAtMs <= nowMs;
}

/** Only the immediate predecessor, and so only while its successor has not been used. */
function isInGrace(session: SessionState, token: StaleToken): boolean {
  return (
    token.generation === session.generation - 1 &&
    happenedWithin(session.refreshedAtMs, token.graceMs, token.nowMs)
  );
}

/**
 * A client that sent a key repeats it. So another key, or no key after one, is another party, in either mode; two
 * requests without keys cannot be told apart, and `open` takes them for one.
 */
function isRepeat(session: SessionState, token: StaleToken): boolean {
  if (token.retryKey === null && token.graceMode === 'keyed') return false;
  return token.retryKey === session.retryKey;
}
