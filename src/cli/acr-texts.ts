import type { Acr } from '../lib/auth-level.ts';

/** What the values of `acr` mean, as what a user has or has to have. */
export const acrTexts: Readonly<Record<Acr, string>> = {
  aal1: 'no second factor',
  aal2: 'a second factor',
  phr: 'a passkey',
};

export const acrText = (acr: Acr) => `${acr} (${acrTexts[acr]})`;
