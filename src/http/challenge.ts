import type { AppError } from '../errors/index.ts';

/**
 * The `WWW-Authenticate` of a 401. A token that was sent and is not good is named as the cause
 * (RFC 6750 3.1).
 */
export function challengeOf({ code, options }: AppError): string {
  const isOfToken = code === 'invalid_token' || code === 'user_inactive';
  const isUnreadable = code === 'invalid_token_header' && options.detail !== undefined;
  return isOfToken || isUnreadable ? 'Bearer error="invalid_token"' : 'Bearer';
}
