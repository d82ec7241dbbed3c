import type { Environment } from './environment.ts';
import type { LatchkeyError } from './errors.ts';
import { isRefusal, isUndecided } from './refusals.ts';
import { withTimeout } from './retries.ts';
import { type SessionRecord, withOwed } from './session-record.ts';
import type { SessionTransport } from './transport.ts';

/** What the server knows a session by, where it is over here. */
export interface LastTokens {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  /** Of a refresh that was begun. */
  readonly key?: string | undefined;
}

/** Lets the server end sessions that are over here, later if it must be. */
export interface SessionEnding {
  /** @returns why it could not be ended; undefined where the server has ended it, or had before */
  endAtServer(last: LastTokens): Promise<LatchkeyError | undefined>;
  /** The same, and what cannot be ended yet is noted in the record, and done later. */
  conclude(last: LastTokens): Promise<LatchkeyError | undefined>;
  /** Does what was noted before. */
  settle(owed: string): void;
}

interface EndingDeps {
  readonly transport: SessionTransport;
  readonly environment: Environment;
  /** Changes the record in its turn, where there is something to change. */
  change(to: (record: SessionRecord) => SessionRecord): Promise<void>;
  nowMs(): number;
  /** Ends the waiting. */
  signal(): AbortSignal | undefined;
}

const signOutMs = 4_000;
/** Until the server is asked again, where it did not answer. */
const pauseMs = 10_000;

export function createSessionEnding(deps: EndingDeps): SessionEnding {
  const { transport, environment } = deps;
  let isSettling = false;

  async function endAtServer({
    access = '',
    refresh,
    key,
  }: LastTokens): Promise<LatchkeyError | undefined> {
    const attempt = async (signal: AbortSignal) => {
      let last = { refreshToken: refresh, accessToken: access };
      if (key !== undefined && refresh !== undefined) {
        // A refresh was begun: its tokens count, and the older one would end nothing.
        const request = { refreshToken: refresh, idempotencyKey: key, signal };
        const tokens = await transport.refresh(request).catch((error) => {
          if (!isUndecided(error)) throw error;
        });
        if (tokens) last = { refreshToken: tokens.refresh_token, accessToken: tokens.access_token };
      }
      await transport.signOut({ ...last, signal });
    };
    try {
      await withTimeout(attempt, signOutMs, environment);
      return undefined;
    } catch (error) {
      return isRefusal(error) && !isUndecided(error) ? undefined : (error as LatchkeyError);
    }
  }

  async function conclude(last: LastTokens): Promise<LatchkeyError | undefined> {
    const error = await endAtServer(last);
    const { refresh } = last;
    if (isUndecided(error) && refresh !== undefined) {
      // It was overtaken, and so is of no use to anybody who finds it.
      await deps.change((record) => withOwed(record, refresh, deps.nowMs()));
      settle(refresh, error);
    }
    return error;
  }

  function settle(owed: string, last?: LatchkeyError): void {
    if (isSettling) return;
    isSettling = true;
    const done = () => {
      isSettling = false;
    };
    settleNow(owed, last).then(done, done);
  }

  async function settleNow(owed: string, last: LatchkeyError | undefined): Promise<void> {
    const signal = deps.signal();
    const sleep = (ms: number) => environment.sleep(ms, signal);
    let error = last;
    do {
      await sleep((error?.retryAfterSeconds ?? 0) * 1_000);
      if (signal?.aborted) return;
      error = await endAtServer({ refresh: owed });
    } while (isUndecided(error));
    if (error) return sleep(pauseMs);
    await deps.change((record) =>
      record.owed === owed ? withOwed(record, undefined, deps.nowMs()) : record,
    );
  }

  return { endAtServer, conclude, settle };
}
