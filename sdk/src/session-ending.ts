import type { Environment } from './environment.ts';
import { isRefusal, isUndecided } from './refusals.ts';
import { withTimeout } from './retries.ts';
import type { SessionRecord } from './session-record.ts';
import type { SessionTransport } from './transport.ts';

interface EndingDeps {
  readonly transport: SessionTransport;
  readonly environment: Environment;
}

const signOutMs = 4_000;

/**
 * Lets the server end a session that is over here.
 *
 * @returns whether it has, now or before
 */
export async function endAtServer(
  { transport, environment }: EndingDeps,
  { access = '', refresh, key }: SessionRecord,
): Promise<boolean> {
  const attempt = async (signal: AbortSignal) => {
    let last = { refreshToken: refresh, accessToken: access };
    if (key !== undefined && refresh !== undefined) {
      // A refresh was begun: its tokens count, and the older one would look stolen.
      const request = { refreshToken: refresh, idempotencyKey: key, signal };
      const tokens = await transport.refresh(request).catch((error) => {
        if (!isUndecided(error)) throw error;
      });
      if (tokens) last = { refreshToken: tokens.refresh_token, accessToken: tokens.access_token };
    }
    await transport.signOut({ ...last, signal });
  };
  return withTimeout(attempt, signOutMs, environment).then(
    () => true,
    (error) => isRefusal(error) && !isUndecided(error),
  );
}
