import createCache from '@emotion/cache';
import { CacheProvider } from '@emotion/react';
import type { ReactNode } from 'react';

/**
 * The page's policy takes only styles that carry the nonce of this very answer. The script tag has it;
 * the browser shows it to scripts, and hides it from style sheets and from what is injected.
 */
const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce;

const cache = createCache({ key: 'l', prepend: true, ...(nonce && { nonce }) });

export function Styles({ children }: { children: ReactNode }) {
  return <CacheProvider value={cache}>{children}</CacheProvider>;
}
