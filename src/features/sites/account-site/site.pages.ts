import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Body } from '../../../contract/fields.ts';
import { AppError, type ErrorCode } from '../../../errors/index.ts';
import { formPageHeaders } from '../../../http/browser/page.ts';
import { requireSameOrigin } from '../../../http/browser/same-origin.ts';
import { challengeOf } from '../../../http/challenge.ts';
import type {
  AccountAuth,
  AnswerError,
  PublicAuth,
  RequestPrincipal,
} from '../../../http/types.ts';
import { createRecentMap } from '../../../lib/recent-map.ts';
import type { LimitName } from '../../../settings/rate-limits.ts';
import type { Brand } from './brand.ts';
import type { AccountSiteDeps } from './deps.ts';
import { documentOf } from './document.ts';
import { formErrorsOf, messageOf, noErrors } from './form-errors.ts';
import type { FormState } from './forms.ts';
import { type Html, html } from './html.ts';
import { createPasskeyOffers } from './passkey-offers.ts';
import type { SiteFiles } from './site-files.ts';
import { isTextName, type Language, type TextName } from './texts/texts.ts';
import { createVisits, type Download, goTo, type Redirect, type Visit } from './visits.pages.ts';

/** A page whose title depends on how far somebody is. */
export interface Shown {
  readonly kind: 'shown';
  readonly title: TextName;
  readonly body: Html;
}

/** What answers a form itself, because it is shown once: nobody gets it again by its URL. */
export type ShownOnce = Omit<Shown, 'kind'> & { readonly kind: 'shown_once' };

/** What a page shows, or where it leads instead. */
export type View = Html | Shown | Redirect;

/** A page of the site. How to add one stands in `index.ts`. */
export interface SitePage {
  /** Below `/account/`, with a slash at its end; `''` is the overview. */
  readonly path: string;
  readonly title: TextName;
  /** Anybody, or who is signed in on this site: others are led to the sign-in, and back. */
  readonly auth: PublicAuth | AccountAuth;
  /**
   * Whether it takes recent authentication: others are led to `confirm/`, and back. Every page with a form for
   * somebody who is signed in says so.
   */
  readonly recentAuth?: boolean;
  /** What its form counts against. For who is signed in the guard counts; a public page counts in `act`. */
  readonly limits?: readonly LimitName[];
  /**
   * Whether it is the same for everybody who comes without a cookie, except for language and query: then it is made
   * once. Only the settings may change what `view` gives them.
   */
  readonly isSameForStrangers?: boolean;
  /** What it says of an error in its own words, where they differ from those of other pages. */
  readonly errorTexts?: { readonly [Code in ErrorCode]?: TextName };
  /** Shows the page: for the first time, or again with the errors of `act`. */
  view(visit: Visit, form: FormState): View | Promise<View>;
  /**
   * Does what the form is for. An AppError that it throws shows the page again, with the messages of the error in
   * the language of the page.
   */
  act?(visit: Visit, body: Body): Promise<Redirect | Download | ShownOnce>;
}

/** What pages are added to. */
export interface AccountSite {
  addPage(page: SitePage): void;
  /** Answers every other path below `/account/` with a page as well. Called after the last page. */
  answerOtherPaths(): void;
  /** The user who is signed in, on a page that is for everybody. */
  findSignedIn(visit: Visit): Promise<RequestPrincipal | undefined>;
}

/** How many pages are kept that strangers see, with queries of some length. */
const maxDocuments = 500;
const maxKeyLength = 500;

const noForm: FormState = { values: {}, errors: noErrors };

export function createAccountSite(
  app: FastifyInstance,
  deps: AccountSiteDeps,
  { files, brand }: { readonly files: SiteFiles; brand(): Brand },
): AccountSite {
  const visits = createVisits(deps);
  const offers = createPasskeyOffers(deps);
  const ownHeaders = formPageHeaders("'self'");
  const documents = createRecentMap<string, Buffer>(maxDocuments);

  interface Content {
    readonly title: string;
    readonly body: Html;
    readonly form: FormState;
    /** The path of the page, where it is of somebody who is signed in. */
    readonly memberPath: string | undefined;
    /** What nobody sees of it. */
    readonly offer?: Html | undefined;
    /** Whether its URL gives something else. */
    readonly isOnce?: boolean;
  }

  function documentFor(visit: Visit, content: Content): string {
    const { language, say, root } = visit;
    const { title, body, offer, form, memberPath: signedInAt, isOnce } = content;
    return documentOf({
      ...{ language, say, root, title, body, offer, form, signedInAt },
      brand: brand(),
      files: files.names,
      notice: visits.takeNotice(visit),
      inLanguage: isOnce ? undefined : (other) => queryInLanguage(visit, other),
    });
  }

  function send(visit: Visit, reply: FastifyReply, document: string | Buffer): FastifyReply {
    const { returnTo } = visit;
    // A redirect after a form is one of its actions too (CSP3 6.4.2).
    const headers = returnTo?.origin ? formPageHeaders(`'self' ${returnTo.origin}`) : ownHeaders;
    return visits
      .withCookies(visit, reply)
      .headers(headers)
      .type('text/html; charset=utf-8')
      .send(document);
  }

  async function render(page: SitePage, visit: Visit, form: FormState): Promise<string | Redirect> {
    const view = await page.view(visit, form);
    if (isRedirect(view)) return view;
    const { title, body } = isShown(view) ? view : { title: page.title, body: view };
    const content = { title: visit.say(title), body, form };
    if (page.auth.kind !== 'account') {
      return documentFor(visit, { ...content, memberPath: undefined });
    }
    const offer = await offers.take(visit);
    return documentFor(visit, { ...content, memberPath: page.path, offer });
  }

  /** Renders a page for somebody without a cookie. That takes longer than all the rest, so it is kept. */
  async function renderOnce(page: SitePage, visit: Visit): Promise<Buffer | Redirect> {
    const { request, language } = visit;
    const key = `${deps.settings.changeId()} ${language} ${request.url}`;
    const known = documents.get(key);
    if (known) return known;
    const rendered = await render(page, visit, noForm);
    if (typeof rendered !== 'string') return rendered;
    const bytes = Buffer.from(rendered);
    if (key.length < maxKeyLength) documents.set(key, bytes);
    return bytes;
  }

  async function show(page: SitePage, visit: Visit, reply: FastifyReply, form: FormState) {
    const isOfStranger = form === noForm && visit.request.headers.cookie === undefined;
    const isKept = page.isSameForStrangers && isOfStranger;
    const rendered = await (isKept ? renderOnce(page, visit) : render(page, visit, form));
    return typeof rendered === 'string' || Buffer.isBuffer(rendered)
      ? send(visit, reply, rendered)
      : visits.send(visit, reply, rendered);
  }

  /** What went wrong, as a page of its own. */
  function showError(
    visit: Visit,
    reply: FastifyReply,
    error: AppError,
    ownTexts: SitePage['errorTexts'] = {},
  ): FastifyReply {
    const { say, request, root } = visit;
    const ownText = ownTexts[error.code];
    const body = html`
      <div>
        <p>${ownText ? say(ownText) : messageOf(error, say)}</p>
        ${error.status >= 500 && html`<p class="hint">${say('error.request_id', { id: request.id })}</p>`}
        <p><a href=${`${root}account/`}>${say('site.name')}</a></p>
      </div>`;
    const titleName = `error.${error.code}_title`;
    const title = say(isTextName(titleName) ? titleName : 'error.title');
    const content = { title, body, form: noForm, memberPath: undefined };
    return send(visit, reply, documentFor(visit, content));
  }

  /** Leads to where an error can be put right, shows the form again, or says what is wrong. */
  function answerErrorOf(page: SitePage): AnswerError {
    const isForMembers = page.auth.kind === 'account';
    const back = `?return_to=${encodeURIComponent(`/account/${page.path}`)}`;
    return async (error, request, reply) => {
      const visit = visits.of(request);
      if (error.code === 'insufficient_user_authentication') {
        return visits.send(visit, reply, goTo(`account/confirm/${back}`));
      }
      if (isForMembers && error.status === 401) {
        const isEnded = error.code !== 'not_authenticated';
        if (isEnded) visit.setCookie(deps.accountSession.forget(request));
        const notice = isEnded ? { notice: 'notice.session_ended' as const } : {};
        return visits.send(visit, reply, goTo(`account/sign-in/${back}`, notice));
      }
      reply.code(error.status).headers(error.options.headers ?? {});
      if (error.status === 401) reply.header('www-authenticate', challengeOf(error));
      const hasForm = request.method === 'POST' && (!isForMembers || request.principal);
      if (!hasForm || !isOfForm(error)) return showError(visit, reply, error, page.errorTexts);
      try {
        const values = textsOf(request.body as Body | undefined);
        const errors = formErrorsOf(error, visit.say, values);
        return await show(page, visit, reply, { values, errors });
      } catch (thrown) {
        if (!(thrown instanceof AppError)) throw thrown;
        // What the form was for is gone; but a user who has to wait is told so.
        const told = error.code === 'rate_limited' ? error : thrown;
        return showError(visit, reply.code(told.status), told, page.errorTexts);
      }
    };
  }

  return {
    addPage(page) {
      const { path, auth, recentAuth, limits = [], act } = page;
      const config = {
        ...{ auth, answerError: answerErrorOf(page) },
        ...(recentAuth !== undefined && { recentAuth }),
      };
      const route = { url: `/account/${path}`, schema: { hide: true } };
      app.route({
        ...route,
        method: 'GET',
        config,
        handler: (request, reply) => show(page, visits.of(request), reply, noForm),
      });
      if (!act) return;
      app.route({
        ...route,
        method: 'POST',
        config: { ...config, limits },
        onRequest: async (request) => requireSameOrigin(request, deps),
        handler: async (request, reply) => {
          const visit = visits.of(request);
          const answer = await act(visit, request.body as Body);
          if (answer.kind !== 'shown_once') return visits.send(visit, reply, answer);
          const memberPath = auth.kind === 'account' ? path : undefined;
          const { title, body } = answer;
          const content = { title: visit.say(title), body, form: noForm, memberPath };
          return send(visit, reply, documentFor(visit, { ...content, isOnce: true }));
        },
      });
    },
    answerOtherPaths() {
      app.route({
        method: 'GET',
        url: '/account/*',
        config: {
          auth: { kind: 'public' },
          isUnlisted: true,
          answerError: (error, request, reply) =>
            showError(visits.of(request), reply.code(error.status), error),
        },
        schema: { hide: true },
        handler: () => {
          throw new AppError('not_found');
        },
      });
    },
    async findSignedIn({ request }) {
      return deps.accountSession.find(request);
    },
  };
}

function isRedirect(view: View): view is Redirect {
  return 'kind' in view && view.kind === 'redirect';
}

function isShown(view: View): view is Shown {
  return 'kind' in view && view.kind === 'shown';
}

/** Whether an error is about what was entered, or will have passed when the form is sent again. */
function isOfForm({ code, status }: AppError): boolean {
  if (code === 'csrf_refused' || code === 'not_found') return false;
  return status < 500 || code === 'overloaded' || code === 'mail_not_configured';
}

/** The same page in another language, relative to itself. */
function queryInLanguage({ query }: Visit, language: Language): string {
  const kept = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (name !== 'ui_locales' && typeof value === 'string') kept.set(name, value);
  }
  kept.set('ui_locales', language);
  return `?${kept}`;
}

/** What was entered, as far as it is text. */
function textsOf(body: Body | undefined): Record<string, string> {
  const value = body?.value;
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}
