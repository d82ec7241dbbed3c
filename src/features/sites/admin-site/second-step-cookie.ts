import type { BrowserRequest } from '../../../http/browser/same-origin.ts';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import type { PublicUrlConfig } from '../../../http/public-url.ts';

/** A sign-in that takes one step more, on the account pages. */
export interface WaitingStep {
  readonly flow: string;
  /** Whether the browser is to stay signed in after it. */
  readonly isKept: boolean;
  /** Whether it began at the admin site, whose session begins at its end. */
  readonly isForAdminSite: boolean;
}

/** The cookie that has the flow from the first step to the second. */
export interface SecondStepCookie {
  read(request: BrowserRequest): WaitingStep | undefined;
  /** A `Set-Cookie` header; undefined: the cookie is taken away. */
  write(request: BrowserRequest, step: WaitingStep | undefined): string;
}

/** As long as a flow. */
const flowSeconds = 10 * 60;
const keptMark = '.kept';
const adminMark = '.admin';

/** Of the account pages; the admin site leads to the page on which a factor is set up. */
export function createSecondStepCookie(config: PublicUrlConfig): SecondStepCookie {
  const place = { path: 'account/sign-in/', maxAgeSeconds: flowSeconds };
  const cookie = createSiteCookie({ ...place, name: 'latchkey_second_step' }, config);
  return {
    read(request) {
      const [flow, ...marks] = cookie.readOne(request)?.split(/(?=\.)/) ?? [];
      if (flow === undefined) return undefined;
      const has = (mark: string) => marks.includes(mark);
      return { flow, isKept: has(keptMark), isForAdminSite: has(adminMark) };
    },
    write(request, step) {
      if (!step) return cookie.write(request, undefined);
      const { flow, isKept, isForAdminSite } = step;
      const marks = `${isKept ? keptMark : ''}${isForAdminSite ? adminMark : ''}`;
      return cookie.write(request, `${flow}${marks}`);
    },
  };
}
