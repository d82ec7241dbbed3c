import type { TextName } from './texts/texts.ts';

/** The pages of somebody who is signed in, in the order of the menu. */
export const navigation: readonly { readonly path: string; readonly text: TextName }[] = [
  { path: '', text: 'nav.overview' },
  { path: 'password/', text: 'nav.password' },
  { path: 'security/', text: 'nav.security' },
  { path: 'sessions/', text: 'nav.sessions' },
  { path: 'export/', text: 'nav.data' },
];
