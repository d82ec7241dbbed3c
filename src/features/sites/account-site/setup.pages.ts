import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { checkSetupLink, requireFromHere, setUp } from '../../self-service/setup/index.ts';
import { beginSession, signIn } from './begin-session.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, emailField, form, newPasswordField } from './forms.ts';
import { html } from './html.ts';
import { createLinkVisits } from './link-visits.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Where the link that a start prints leads: the first administrator is made, and goes on to the admin site. */
export function setupPage(site: AccountSite, deps: AccountSiteDeps): void {
  const links = createLinkVisits(deps, { path: 'account/setup/', name: 'latchkey_setup' });

  /** @throws AppError `invalid_link_token` */
  function tokenOf(visit: Visit): string {
    const token = links.token(visit);
    if (token === undefined) throw new AppError('invalid_link_token');
    return token;
  }

  site.addPage({
    path: 'setup/',
    title: 'setup.title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    errorTexts: { invalid_link_token: 'setup.void_link' },
    async view(visit, state) {
      const { say, request } = visit;
      requireFromHere(request);
      const toPage = links.takeLink(visit);
      if (toPage) return toPage;
      await checkSetupLink(deps, visitorOf(visit.request), { value: { token: tokenOf(visit) } });
      const view = { say, form: state };
      return html`
        <div>
          <p>${say('setup.text')}</p>
          ${form(html`
            ${emailField(view, { hasFocus: true })}
            ${newPasswordField(view, deps.settings.get('PASSWORD_MIN_LENGTH'), { label: 'field.password' })}
            ${button(say, 'setup.submit')}`)}
        </div>`;
    },
    async act(visit, body) {
      const { request } = visit;
      requireFromHere(request);
      const sent = {
        email: textMember(body, 'email') ?? '',
        password: textMember(body, 'password') ?? '',
      };
      await setUp(deps, visitorOf(visit.request), { value: { token: tokenOf(visit), ...sent } });
      links.forget(visit);
      const start = () => signIn(visit, deps, { value: sent });
      return await beginSession(visit, deps, start, {
        isForAdminSite: true,
        otherwise: goTo('admin/'), // which asks for the rest
      });
    },
  });
}
