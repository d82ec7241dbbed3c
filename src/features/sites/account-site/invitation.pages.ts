import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { acceptInvitation, checkInvitation } from '../../self-service/invitations/index.ts';
import { beginSession, signIn } from './begin-session.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, field, form, newPasswordField } from './forms.ts';
import { html } from './html.ts';
import { createLinkVisits } from './link-visits.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** Where the link of an invitation leads: the first password of an account is chosen. */
export function invitationPage(site: AccountSite, deps: AccountSiteDeps): void {
  const links = createLinkVisits(deps, {
    path: 'account/invitation/',
    name: 'latchkey_invitation',
  });

  /** @throws AppError `invalid_link_token` */
  function tokenOf(visit: Visit): string {
    const token = links.token(visit);
    if (token === undefined) throw new AppError('invalid_link_token');
    return token;
  }

  site.addPage({
    path: 'invitation/',
    title: 'invitation.title',
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    errorTexts: { invalid_link_token: 'invitation.void_link' },
    async view(visit, state) {
      const toPage = links.takeLink(visit);
      if (toPage) return toPage;
      const { say } = visit;
      const value = { token: tokenOf(visit) };
      const { email } = await checkInvitation(deps, visitorOf(visit.request), { value });
      const view = { say, form: state };
      return html`
        <div>
          <p>${say('invitation.text')}</p>
          ${form(html`
            ${field(view, { name: 'email', label: 'field.email', type: 'email', autocomplete: 'username', value: email, isReadOnly: true })}
            ${newPasswordField(view, deps.settings.get('PASSWORD_MIN_LENGTH'), { label: 'field.password', hasFocus: true })}
            ${button(say, 'invitation.submit')}`)}
        </div>`;
    },
    async act(visit, body) {
      const password = textMember(body, 'password') ?? '';
      const value = { token: tokenOf(visit), password };
      const { email } = await acceptInvitation(deps, visitorOf(visit.request), { value });
      links.forget(visit);
      const start = () => signIn(visit, deps, { value: { email, password } });
      return beginSession(visit, deps, start, {
        next: goTo('account/', { notice: 'notice.invitation_accepted' }),
        otherwise: goTo('account/sign-in/', { notice: 'notice.password_set' }),
      });
    },
  });
}
