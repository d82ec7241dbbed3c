import type { AppError } from '../errors/index.ts';

/**
 * The `WWW-Authenticate` of a 401. A token that was sent and is not good is named as the cause
 * (RFC 6750 3.1), and so is a sign-in that is not recent or strong enough (RFC 9470 3).
 */
export function challengeOf({ code, options }: AppError): string {
  if (code === 'insufficient_user_authentication') {
    const { acr_values, max_age } = options.members ?? {};
    return `Bearer error="${code}", acr_values="${acr_values}", max_age="${max_age}"`;
  }
  const isOfToken = code === 'invalid_token' || code === 'user_inactive';
  const isUnreadable = code === 'invalid_token_header' && options.detail !== undefined;
  return isOfToken || isUnreadable ? 'Bearer error="invalid_token"' : 'Bearer';
}
