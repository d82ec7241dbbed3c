import { findPasswordHash, normalizeEmail } from '../../identity/users/index.ts';
import { countLiveSessions } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import type { AccountSite } from './site.pages.ts';
import type { TextName } from './texts/texts.ts';
import type { Visit } from './visits.pages.ts';

/** What the account is, at one look, and where each part of it is changed. */
export function overviewPage(site: AccountSite, { database, clock, mail }: AccountSiteDeps): void {
  site.addPage({
    path: '',
    title: 'overview.title',
    auth: { kind: 'account' },
    async view(visit) {
      const { say } = visit;
      const { id, email, isEmailVerified, username } = ownOf(visit);
      const count = await countLiveSessions(database.db, id, clock.nowMs());
      const hasPassword = (await findPasswordHash(database.db, id)) !== null;
      const password = hasPassword
        ? html`<span aria-hidden="true">••••••••</span>`
        : say('overview.no_password');
      const isBounced = await mail.isBounced(database.db, normalizeEmail(email));
      const isGood = isEmailVerified && !isBounced;
      const state = isBounced ? 'overview.email_bounced' : 'overview.email_not_verified';
      const mark = isGood
        ? html`<span class="mark good">${say('overview.email_verified')}</span>`
        : html`<span class="mark">${say(state)}</span>`;
      return html`
        <ul class="card rows">
          ${row(visit, 'overview.email', html`<span>${email} ${mark}</span>`, { path: 'email/' })}
          ${!isGood && row(visit, 'verify.title', say(state), { path: 'verify/', link: 'verify.submit' })}
          ${row(visit, 'overview.username', username || say('overview.no_username'), { path: 'profile/' })}
          ${row(visit, 'overview.password', password, { path: 'password/' })}
          ${row(visit, 'overview.sessions', say('overview.sessions_count', { count }), { path: 'sessions/', link: 'overview.show' })}
          ${row(visit, 'overview.data', say('overview.data_text'), { path: 'export/', link: 'overview.show' })}
        </ul>`;
    },
  });
}

/** @param target where it is changed; absent: nowhere */
function row(
  { say, root }: Visit,
  label: TextName,
  value: unknown,
  target?: { readonly path: string; readonly link?: TextName },
): Html {
  return html`
    <li class="row">
      <div>
        <p class="label">${say(label)}</p>
        <p class="value">${value}</p>
      </div>
      ${
        target &&
        html`<a class="action" href=${`${root}account/${target.path}`}>${say(target.link ?? 'overview.change')}<span class="unseen"> (${say(label)})</span></a>`
      }
    </li>`;
}
