import { textMember } from '../../../contract/fields.ts';
import { AppError } from '../../../errors/index.ts';
import { publicUrlOf } from '../../../http/public-url.ts';
import {
  beginApp,
  confirmNewApp,
  findUnconfirmedApp,
  type UnconfirmedApp,
} from '../../sign-in/factors/index.ts';
import { appRef, namedApp } from './app-refs.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, checkbox, codeField, type FormState, field, form } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { codesShown } from './recovery-code-views.ts';
import type { AccountSite } from './site.pages.ts';
import { goTo, type Visit } from './visits.pages.ts';

const path = 'security/app/';

/** What the functions of authenticator apps take from the pages. */
export const appDepsOf = (deps: AccountSiteDeps, { request }: Visit) => ({
  ...deps,
  publicUrl: () => publicUrlOf(request.server, deps),
});

/** Adding an authenticator app: its name first, then the QR code and a code of the app. */
export function authenticatorAppPage(site: AccountSite, deps: AccountSiteDeps): void {
  const holderOf = (visit: Visit) => `session ${ownOf(visit).sessionId}`;
  const idOf = (visit: Visit) => namedApp(deps, holderOf(visit), visit);

  site.addPage({
    path,
    title: 'app.title',
    auth: { kind: 'account' },
    recentAuth: true,
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit, state) {
      const app = await findUnconfirmedApp(appDepsOf(deps, visit), ownOf(visit).id, idOf(visit));
      return html`<div class="card">${app ? codePart(visit, state, app) : namePart(visit, state)}</div>`;
    },
    async act(visit, body) {
      const own = ownOf(visit);
      const name = textMember(body, 'name');
      if (name !== undefined) {
        const value = { kind: 'totp', name };
        const { id } = await beginApp(appDepsOf(deps, visit), own, { value });
        return goTo(`account/${path}?id=${appRef(deps, holderOf(visit), id)}`);
      }
      const value = {
        code: textMember(body, 'code') ?? '',
        end_other_sessions: Boolean(textMember(body, 'end_other_sessions')),
      };
      try {
        const codes = await confirmNewApp(appDepsOf(deps, visit), own, idOf(visit), { value });
        if (codes.length === 0) return goTo('account/security/', { notice: 'notice.app_added' });
        const { email } = own;
        return codesShown(visit, deps, { codes, email, added: 'notice.app_added' });
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'not_found')) throw error;
        return goTo(`account/${path}`, { notice: 'notice.app_expired' });
      }
    },
  });
}

function namePart(visit: Visit, state: FormState): Html {
  const { say, root } = visit;
  return html`
    <div>
      <p>${say('app.text')}</p>
      ${appNameForm(visit, state, html`<a href=${`${root}account/security/`}>${say('site.cancel')}</a>`)}
    </div>`;
}

/** @param cancel a link that leads out of it */
export function appNameForm({ say }: Visit, state: FormState, cancel?: Html): Html {
  return form(html`
        ${field(
          { say, form: state },
          {
            name: 'name',
            label: 'app.name',
            autocomplete: 'off',
            hint: say('app.name_hint'),
            value: say('app.default_name'),
            maxLength: 50,
          },
        )}
        <div class="buttons">${button(say, 'app.begin')}${cancel}</div>`);
}

function codePart(visit: Visit, state: FormState, app: UnconfirmedApp): Html {
  const { say, root } = visit;
  return appSteps(
    visit,
    app,
    html`
    ${codeField({ say, form: state }, { hint: say('field.app_code_hint') })}
    ${checkbox({ say, form: state }, 'end_other_sessions')}
    <div class="buttons">
      ${button(say, 'app.submit')}
      <a href=${`${root}account/security/`}>${say('site.cancel')}</a>
    </div>`,
  );
}

/**
 * What somebody does with the secret of an app: scans it, or types it, and enters a code.
 *
 * @param fields of the form with the code
 */
export function appSteps(
  { say }: Visit,
  { qrSvg, secret, uri }: UnconfirmedApp,
  fields: Html,
): Html {
  const picture = `data:image/svg+xml;base64,${Buffer.from(qrSvg).toString('base64')}`;
  return html`
    <ol class="steps">
      <li>
        <p>${say('app.scan')}</p>
        <p><img class="qr" src=${picture} alt=${say('app.qr')} width="208" height="208" /></p>
        <p>${say('app.type')} <code class="secret">${inGroups(secret)}</code></p>
        <p><a href=${uri}>${say('app.open')}</a></p>
      </li>
      <li>
        <p>${say('app.code')}</p>
        ${form(fields)}
      </li>
    </ol>`;
}

/** A key as people read it: four letters, and a space. */
const inGroups = (secret: string) => secret.match(/.{1,4}/g)?.join(' ');
