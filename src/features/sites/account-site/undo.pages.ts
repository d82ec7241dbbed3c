import { type Body, textMember } from '../../../contract/fields.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import { visitorOf } from '../../../http/visitor.ts';
import { checkUndoCode, undoEmailChange } from '../../self-service/profile/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, codeField, form } from './forms.ts';
import { html } from './html.ts';
import { createLinkVisits } from './link-visits.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Redirect } from './visits.pages.ts';

/**
 * Undoing a change of the email: from the old one, or from the new one by its reader, whose account it is not. It takes the
 * code of the same mail: scanners press buttons too.
 */
export function undoPages(site: AccountSite, deps: AccountSiteDeps): void {
  undoPage(site, deps, {
    ...{ path: 'undo/', cookie: 'latchkey_undo', texts: 'undo' },
    after: goTo('account/forgot/', { notice: 'notice.email_restored' }),
  });
  undoPage(site, deps, {
    ...{ path: 'release/', cookie: 'latchkey_release', texts: 'release' },
    after: goTo('account/sign-in/', { notice: 'notice.email_released' }),
  });
}

interface UndoPage {
  readonly path: string;
  /** Keeps the token of the link. */
  readonly cookie: string;
  readonly texts: 'undo' | 'release';
  /** Where it leads once it is done. */
  readonly after: Redirect;
}

function undoPage(
  site: AccountSite,
  deps: AccountSiteDeps,
  { path, cookie, texts, after }: UndoPage,
): void {
  const links = createLinkVisits(deps, { path: `account/${path}`, name: cookie });

  site.addPage({
    path,
    title: `${texts}.title`,
    auth: { kind: 'public' },
    limits: ['LINK_TOKEN_FAILURES_PER_NETWORK'],
    view(visit, state) {
      const linked = links.takeLink(visit);
      if (linked) return linked;
      const { say } = visit;
      if (links.token(visit) === undefined) return html`<p>${say(`${texts}.no_link`)}</p>`;
      return html`
        <div>
          <p>${say(`${texts}.text`)}</p>
          ${form(html`
            ${codeField({ say, form: state }, { hasFocus: true })}
            ${button(say, `${texts}.submit`, { kind: 'danger' })}`)}
        </div>`;
    },
    async act(visit, body: Body) {
      const token = links.token(visit) ?? '';
      const visitor = {
        ...visitorOf(visit.request),
        languages: [visit.language],
        publicUrl: publicUrlOf(visit.request.server, deps),
      };
      await checkUndoCode(deps, visitor, { token, code: textMember(body, 'code') ?? '' });
      await undoEmailChange(deps, visitor, { value: { token } });
      links.forget(visit);
      return after;
    },
  });
}
