/**
 * The account site: the pages at `/account/` on which people sign in and look after their account. Rendered here,
 * with plain forms; everything works without a script.
 *
 * To add a page:
 *
 * 1. Write `<name>.pages.ts` beside this file: a function `(site: AccountSite, deps: AccountSiteDeps) => void` that
 *    calls `site.addPage({ path, title, auth, limits, recentAuth, view, act })`. `sign-in.pages.ts` is the example.
 * 2. Call it in the list of `site.routes.ts`. What it needs beside is added to `AccountSiteDeps` in `deps.ts`.
 * 3. `view(visit, form)` gives the content, made with html`...` and the fields of `forms.ts`; or `goTo(...)`, or
 *    `{ kind: 'shown', title, body }` where the title varies. Links are `visit.link('forgot/')`, which takes
 *    `return_to` along, or begin with `visit.root`.
 * 4. `act(visit, body)` calls the same function as the API's route, with the body as it is, and ends with
 *    `goTo(visit.returnTo ?? 'account/', { notice: 'notice.x' })`. An AppError that it throws shows the page again:
 *    `invalid_fields` beside the fields of the same names, any other code by its text `error.<code>`.
 * 5. Its texts are in `texts/<area>-texts.ts`, English and German, added to `texts/texts.ts`; words for new messages
 *    about fields in `form-errors.ts`.
 * 6. Who signs somebody in: `visit.setCookie(await deps.accountSession.begin(request, actor, refreshToken))`. Who
 *    proves again who they are: `visit.setCookie(await deps.accountSession.exchange(request))`. Other cookies:
 *    `createSiteCookie` of http/browser.
 * 7. A public page counts its limits in `act`; its line in test/route-limits.test.ts says which.
 */
export { createAccountSession } from './account-session.ts';
export { accountSiteRoutes } from './site.routes.ts';
