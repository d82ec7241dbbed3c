/**
 * How strongly somebody has signed in, or can: 1 with a password or a mail alone, 2 with a second factor (NIST SP
 * 800-63B-4, AAL2), 3 with a passkey that has verified its user, which nobody can be tricked out of.
 */
export type AuthLevel = 1 | 2 | 3;

/** The values of `acr` (OpenID Connect Core 2; `phr` of OpenID Extended Authentication Profile ACR Values 1.0, 4). */
const acrs = { 1: 'aal1', 2: 'aal2', 3: 'phr' } as const satisfies Record<AuthLevel, string>;

/** How strongly somebody has signed in, as tokens say it. */
export type Acr = (typeof acrs)[AuthLevel];

/** The weakest first. */
export const acrValues = ['aal1', 'aal2', 'phr'] as const satisfies Acr[];

export function levelOfAcr(acr: Acr): AuthLevel {
  return acr === 'phr' ? 3 : acr === 'aal2' ? 2 : 1;
}

export function acrOf(level: AuthLevel): Acr {
  return acrs[level];
}
