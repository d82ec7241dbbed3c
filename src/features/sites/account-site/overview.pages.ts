import { findPasswordHash, normalizeEmail } from '../../identity/users/index.ts';
import { countLiveSessions } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { type Html, html } from './html.ts';
import { languageName } from './language.ts';
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
      const { id, email, isEmailVerified, username, locale } = ownOf(visit);
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
      const prove = { path: 'verify/', link: 'verify.submit', about: 'verify.title' } as const;
      return html`
        <ul class="card rows">
          ${row(visit, 'overview.email', html`<span>${email} ${mark}</span>`, ...(isGood ? [] : [prove]), { path: 'email/' })}
          ${row(visit, 'overview.username', username || say('overview.no_username'), { path: 'profile/' })}
          ${row(visit, 'overview.locale', locale === null ? say('overview.no_locale') : languageName(locale), { path: 'profile/' })}
          ${row(visit, 'overview.password', password, { path: 'password/' })}
          ${row(visit, 'overview.sessions', say('overview.sessions_count', { count }), { path: 'sessions/', link: 'overview.show' })}
          ${row(visit, 'overview.data', say('overview.data_text'), { path: 'export/', link: 'overview.show' })}
        </ul>`;
    },
  });
}

interface Target {
  /** Below `account/`. */
  readonly path: string;
  readonly link?: TextName;
  /** What the link is about, for those who hear it alone; absent: the row. */
  readonly about?: TextName;
}

/** @param targets where it is changed; none: nowhere */
function row(
  { say, root }: Visit,
  label: TextName,
  value: unknown,
  ...targets: readonly Target[]
): Html {
  return html`
    <li class="row">
      <div>
        <p class="label">${say(label)}</p>
        <p class="value">${value}</p>
      </div>
      <div class="actions">
        ${targets.map(
          ({ path, link = 'overview.change', about = label }) =>
            html`<a class="action" href=${`${root}account/${path}`}>${say(link)}<span class="unseen"> (${say(about)})</span></a>`,
        )}
      </div>
    </li>`;
}
