/** What an access token says of its time, in seconds, and of its session. */
export function claimsOf(token: string): { exp: number; iat: number; sid?: string } {
  const [, payload = ''] = token.split('.');
  return JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/')));
}

/** An `Idempotency-Key`. `randomUUID` would need a secure context. */
export function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
