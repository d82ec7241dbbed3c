import type { LatchkeyError } from './errors.ts';

/**
 * Whether the server refuses the refresh token. It always says so in these words, and for more causes than
 * this version of the client may know. 401: there was none.
 */
export function isRefusal(error: unknown): boolean {
  const { status, problem } = (error ?? {}) as Partial<LatchkeyError>;
  if (status === 401) return problem !== undefined;
  return status === 400 && problem?.error === 'Invalid refresh token';
}

/**
 * Refused because another request with the token came first. The session lives on, and until
 * `Retry-After` the server takes it for a race; after that, for theft.
 */
export function isUndecided(error: unknown): boolean {
  return isRefusal(error) && (error as LatchkeyError).retryAfterSeconds !== undefined;
}

/** Whether it says of an access token that its session is over; `code` then says why. */
export function isOver({ code, problem }: LatchkeyError): boolean {
  return (
    code === 'user_inactive' || (problem?.detail === 'Invalid token.' && code !== 'invalid_token')
  );
}
