import type { BrowserRequest } from '../../../http/browser/same-origin.ts';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import type { AccountSiteDeps } from './deps.ts';

/** The cookie of a browser that is not asked for the second factor. Only sign-ins read it. */
export interface RememberedDevice {
  /** Its token; undefined: it has none. */
  token(request: BrowserRequest): string | undefined;
  /** A `Set-Cookie` header. */
  keep(request: BrowserRequest, token: string): string;
}

export function createRememberedDevice(deps: AccountSiteDeps): RememberedDevice {
  const cookie = () =>
    createSiteCookie(
      {
        path: 'account/',
        name: 'latchkey_device',
        maxAgeSeconds: deps.settings.get('TRUSTED_DEVICE_LIFETIME'),
      },
      deps,
    );
  return {
    token: (request) => cookie().read(request),
    keep: (request, token) => cookie().write(request, token),
  };
}
