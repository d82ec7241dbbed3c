import type { FastifyReply, FastifyRequest } from 'fastify';
import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import { rootFrom } from '../../../http/public-url.ts';
import type { AccountSiteDeps } from './deps.ts';
import { languageAskedFor, languageOf } from './language.ts';
import { locationOf, type ReturnTo, readReturnTo } from './return-to.ts';
import { isTextName, type Language, type NoticeName, type Say, says } from './texts/texts.ts';

/** Somebody looks at a page, or sends its form. */
export interface Visit {
  readonly request: FastifyRequest;
  readonly language: Language;
  readonly say: Say;
  /** What links begin with: the root of the server, relative to the page. */
  readonly root: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly returnTo: ReturnTo | undefined;
  /** A link to another page of the site, such as `forgot/`; it takes `return_to` along. */
  link(path: string, query?: Readonly<Record<string, string>>): string;
  /** Sends a `Set-Cookie` header with the answer. */
  setCookie(header: string): void;
  /** The language that was chosen in this browser counts no longer. */
  forgetLanguage(): void;
}

/** Where to go after a page has done what it is for (POST-redirect-GET). */
export interface Redirect {
  readonly kind: 'redirect';
  /** A path of the server without its first slash, such as `account/`; or where the visitor came from. */
  readonly to: string | ReturnTo;
  /** What the next page of the site says at its top. */
  readonly notice?: NoticeName | undefined;
}

/** A file that the browser stores. */
export interface Download {
  readonly kind: 'download';
  readonly fileName: string;
  /** The media type. */
  readonly type: string;
  readonly content: string;
}

/**
 * Leads to another page.
 *
 * @param to a path of the server without its first slash, or where the visitor came from
 */
export function goTo(
  to: string | ReturnTo,
  options: { readonly notice?: NoticeName } = {},
): Redirect {
  return { kind: 'redirect', to, ...options };
}

export interface Visits {
  of(request: FastifyRequest): Visit;
  /** What the page says at its top, once: it is forgotten with this answer. */
  takeNotice(visit: Visit): NoticeName | undefined;
  /** Puts the cookies of a visit into its answer. */
  withCookies(visit: Visit, reply: FastifyReply): FastifyReply;
  send(visit: Visit, reply: FastifyReply, answer: Redirect | Download): FastifyReply;
}

/** How long the next page may take to ask for what it is to say. */
const noticeSeconds = 60;
const languageSeconds = 365 * 86_400;

export function createVisits(deps: AccountSiteDeps): Visits {
  const ofPages = { path: 'account/' };
  const notices = createSiteCookie(
    { ...ofPages, name: 'latchkey_notice', maxAgeSeconds: noticeSeconds },
    deps,
  );
  const chosen = createSiteCookie(
    { ...ofPages, name: 'latchkey_language', maxAgeSeconds: languageSeconds },
    deps,
  );
  const cookiesOf = new WeakMap<Visit, string[]>();

  function withCookies(visit: Visit, reply: FastifyReply): FastifyReply {
    const cookies = cookiesOf.get(visit) ?? [];
    return cookies.length > 0 ? reply.header('set-cookie', cookies) : reply;
  }

  return {
    withCookies,
    of(request) {
      const query = (request.query ?? {}) as Record<string, unknown>;
      const uiLocales = typeof query.ui_locales === 'string' ? query.ui_locales : undefined;
      const language = languageOf({
        uiLocales,
        chosen: chosen.read(request),
        ofAccount: request.principal?.locale,
        headers: request.headers,
      });
      const root = rootFrom(request.url);
      const returnTo = readReturnTo(query.return_to, deps);
      const back: Record<string, string> = returnTo ? { return_to: returnTo.text } : {};
      const cookies: string[] = [];
      const visit: Visit = {
        ...{ request, language, say: says[language], root, query, returnTo },
        link(path, more) {
          const parts = new URLSearchParams({ ...back, ...more });
          return `${root}account/${path}${parts.size > 0 ? `?${parts}` : ''}`;
        },
        setCookie: (header) => {
          cookies.push(header);
        },
        forgetLanguage: () => visit.setCookie(chosen.write(request, undefined)),
      };
      cookiesOf.set(visit, cookies);
      if (languageAskedFor(uiLocales)) visit.setCookie(chosen.write(request, language));
      return visit;
    },
    takeNotice(visit) {
      const name = notices.read(visit.request);
      if (name === undefined) return undefined;
      visit.setCookie(notices.write(visit.request, undefined));
      return isNoticeName(name) ? name : undefined;
    },
    send(visit, reply, answer) {
      if (answer.kind === 'download') {
        return withCookies(visit, reply)
          .header('content-disposition', `attachment; filename="${answer.fileName}"`)
          .type(answer.type)
          .send(answer.content);
      }
      const { to, notice } = answer;
      if (notice) visit.setCookie(notices.write(visit.request, notice));
      const location = typeof to === 'string' ? `${visit.root}${to}` : locationOf(to, visit.root);
      // The URL that leads on may have the token of a mailed link.
      return withCookies(visit, reply)
        .header('referrer-policy', 'no-referrer')
        .redirect(location, 303);
    },
  };
}

function isNoticeName(name: string): name is NoticeName {
  return isTextName(name) && name.startsWith('notice.');
}
