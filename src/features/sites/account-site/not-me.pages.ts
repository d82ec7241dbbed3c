import { AppError } from '../../../errors/index.ts';
import { acceptedLanguages } from '../../../http/negotiation.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { readCode } from '../../identity/flows/index.ts';
import { carryOut, checkReport, type UsedNotice } from '../../self-service/not-me/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { askerOf, createFlowVisits } from './flow-visits.ts';
import { button, codeField, type FormState, form, hasErrors } from './forms.ts';
import { html } from './html.ts';
import { createLinkVisits } from './link-visits.ts';
import { resetFlow } from './reset.pages.ts';
import type { AccountSite, Shown } from './site.pages.ts';
import type { TextName } from './texts/texts.ts';
import { goTo, type Visit } from './visits.pages.ts';

/**
 * Where the link of a security notice leads: its reader says that it was not them. In a browser in which the user is
 * signed in a button is enough; in any other the page asks for the code of the mail, which mail scanners do not enter.
 */
export function notMePage(site: AccountSite, deps: AccountSiteDeps): void {
  const links = createLinkVisits(deps, { path: 'account/not-me/', name: 'latchkey_not_me' });
  const resets = createFlowVisits(deps, 'password_reset', resetFlow);

  /** @throws AppError `invalid_link_token`, `rate_limited` */
  async function find(visit: Visit): Promise<{ token: string; notice: UsedNotice }> {
    const token = links.token(visit);
    if (token === undefined) throw new AppError('invalid_link_token');
    return { token, notice: await checkReport(deps, visitorOf(visit.request).network, token) };
  }

  /** Whether the user whom a notice is about is signed in here, and is not an administrator in their name. */
  async function isSignedInAs(visit: Visit, { userId }: UsedNotice): Promise<boolean> {
    const principal = await site.findSignedIn(visit);
    return principal?.id === userId && principal.impersonatorId === undefined;
  }

  site.addPage({
    path: 'not-me/',
    title: 'not_me.title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    async view(visit, state) {
      const toPage = links.takeLink(visit);
      if (toPage) return toPage;
      try {
        const { notice } = await find(visit);
        return viewOf(visit, state, notice, await isSignedInAs(visit, notice));
      } catch (error) {
        if (error instanceof AppError && error.code === 'invalid_link_token') {
          return over(visit, state, deps);
        }
        throw error;
      }
    },
    async act(visit, body) {
      const { token, notice } = await find(visit);
      const isKnown = await isSignedInAs(visit, notice);
      const sent = isKnown ? { token } : { token, code: readCode(body) };
      const { request, language } = visit;
      const languages = [language, ...acceptedLanguages(request.headers)];
      const { publicUrl } = askerOf(visit, deps);
      const reporter = { ...visitorOf(visit.request), languages, publicUrl };
      const { reset, isResetCancelled } = await carryOut(deps, reporter, sent);
      links.forget(visit);
      if (isResetCancelled) return goTo('account/', { notice: 'notice.reset_cancelled' });
      if (notice.kind === 'impersonation_started') {
        return goTo('account/', { notice: 'notice.support_ended' });
      }
      visit.setCookie(deps.accountSession.forget(request));
      if (!reset) return goTo('account/sign-in/', { notice: 'notice.sessions_ended' });
      resets.begin(visit, reset.flow);
      return goTo('account/reset/', { notice: 'notice.shut_out' });
    },
  });
}

interface About {
  readonly title?: TextName;
  readonly text: TextName;
  readonly submit: TextName;
}

/** What the page says of notices that are not about a thief. */
const aboutOf: Partial<Record<UsedNotice['kind'], About>> = {
  impersonation_started: {
    ...{ title: 'not_me.support_title', text: 'not_me.support_text' },
    submit: 'not_me.support_submit',
  },
  factors_reset_requested: { text: 'not_me.reset_text', submit: 'not_me.reset_submit' },
};

function viewOf(
  { say }: Visit,
  state: FormState,
  { kind }: UsedNotice,
  isSignedIn: boolean,
): Shown {
  const about: About = aboutOf[kind] ?? { text: 'not_me.text', submit: 'not_me.submit' };
  const body = html`
    <div>
      <p>${say(about.text)}</p>
      ${!isSignedIn && html`<p>${say('not_me.code_text')}</p>`}
      ${form(html`
        ${!isSignedIn && codeField({ say, form: state }, { hasFocus: true })}
        ${button(say, about.submit, { kind: 'danger' })}`)}
    </div>`;
  return { kind: 'shown', title: about.title ?? 'not_me.title', body };
}

/** The link was used, or is too old; what its reader can do all the same. Without mail a new password takes the old one. */
function over({ say, link }: Visit, state: FormState, { mail }: Pick<AccountSiteDeps, 'mail'>) {
  const password = mail.isAvailable ? 'forgot/' : 'password/';
  return html`
    <div>
      ${!hasErrors(state) && html`<p>${say('not_me.over_text')}</p>`}
      <p>${say('not_me.over_advice')}</p>
      <p><a class="button main" href=${link(password)}>${say('not_me.forgot')}</a></p>
      <p><a href=${link('sessions/')}>${say('not_me.sessions')}</a></p>
    </div>`;
}
