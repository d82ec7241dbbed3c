import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { addPasskey, newPasskeyOptions } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { credentialOf } from './factor-body.ts';
import { checkbox } from './forms.ts';
import { html } from './html.ts';
import { ownOf } from './members.ts';
import { passkeyForm, passkeysMissing } from './passkey-views.ts';
import { codesShown } from './recovery-code-views.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo } from './visits.pages.ts';

/** Adding a passkey. It takes a script; the pages around it do not. */
export function passkeyPages(site: AccountSite, deps: AccountSiteDeps): void {
  const shared = {
    title: 'new_passkey.title',
    auth: { kind: 'account' },
    recentAuth: true,
    limits: ['SECURITY_CHANGES_PER_SESSION'],
  } as const;

  site.addPage({
    ...shared,
    path: 'security/passkey/',
    async view(visit, state) {
      const { say, root } = visit;
      const { public_key: publicKey } = await newPasskeyOptions(deps, ownOf(visit), {
        isUpgrade: false,
      });
      return html`
        <div class="card">
          <p>${say('new_passkey.text')}</p>
          ${passkeysMissing(say)}
          ${passkeyForm(say, {
            kind: 'create',
            options: { publicKey },
            submit: 'new_passkey.submit',
            buttonKind: 'main',
            fields: checkbox({ say, form: state }, 'end_other_sessions'),
          })}
          <p><a href=${`${root}account/security/`}>${say('site.cancel')}</a></p>
        </div>`;
    },
    async act(visit, body) {
      const own = ownOf(visit);
      const credential = credentialOf(body);
      if (!credential) throw new AppError('invalid_passkey');
      const value = {
        credential,
        end_other_sessions: Boolean(textMember(body, 'end_other_sessions')),
      };
      const { recoveryCodes: codes } = await addPasskey(deps, own, { value });
      // By the script, which stays on its page.
      if (textMember(body, 'is_upgrade')) return jsonFile({});
      const added = 'notice.passkey_added';
      if (codes.length > 0) return codesShown(visit, deps, { codes, email: own.email, added });
      return goTo('account/security/', { notice: added });
    },
  });

  /** What the script asks for before it offers a passkey to the password manager. */
  site.addPage({
    ...shared,
    path: 'security/passkey/upgrade/',
    view: ({ say, link }) => html`<p><a href=${link('security/')}>${say('security.title')}</a></p>`,
    async act(visit) {
      return jsonFile(await newPasskeyOptions(deps, ownOf(visit), { isUpgrade: true }));
    },
  });
}

/** What the script of a page reads. */
const jsonFile = (content: object) => ({
  kind: 'download' as const,
  fileName: 'passkey.json',
  type: 'application/json',
  content: JSON.stringify(content),
});
