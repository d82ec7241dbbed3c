import { createSiteCookie } from '../../../http/browser/site-cookie.ts';
import { findPasswordHash, normalizeEmail } from '../../identity/users/index.ts';
import { countLiveSessions } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { factorHint } from './factor-hint.ts';
import { type Html, html } from './html.ts';
import { languageName } from './language.ts';
import { ownOf } from './members.ts';
import { findOwnFactors, type OwnFactors } from './own-factors.ts';
import { passkeySignals } from './passkey-views.ts';
import type { AccountSite } from './site.pages.ts';
import type { TextName } from './texts/texts.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** For a year the page does not say again what a second factor is good for. */
const hintSeconds = 365 * 86_400;

/** What the account is, at one look, and where each part of it is changed. */
export function overviewPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { database, clock, mail } = deps;
  const noHint = createSiteCookie(
    { path: 'account/', name: 'latchkey_no_factor_hint', maxAgeSeconds: hintSeconds },
    deps,
  );

  site.addPage({
    path: '',
    title: 'overview.title',
    auth: { kind: 'account' },
    recentAuth: false, // it closes a hint
    limits: ['CHANGES_PER_USER'],
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
      const change = { path: 'email/' } as const;
      const byMail = mail.isAvailable ? [...(isGood ? [] : [prove]), change] : [];
      const own = await findOwnFactors(deps, id);
      const factors = factorWords(visit, own);
      const isClosed = noHint.read(visit.request) !== undefined;
      return html`
        <div>
          ${factorHint(visit, deps, { ...own, isClosed })}
          <ul class="card rows">
            ${row(visit, 'overview.email', html`<span>${email} ${mark}</span>`, ...byMail)}
            ${row(visit, 'overview.username', username || say('overview.no_username'), { path: 'profile/' })}
            ${row(visit, 'overview.locale', locale === null ? say('overview.no_locale') : languageName(locale), { path: 'profile/' })}
            ${row(visit, 'overview.password', password, { path: 'password/' })}
            ${row(visit, 'overview.security', factors, { path: 'security/' })}
            ${row(visit, 'overview.sessions', say('overview.sessions_count', { count }), { path: 'sessions/', link: 'overview.show' })}
            ${row(visit, 'overview.data', say('overview.data_text'), { path: 'export/', link: 'overview.show' })}
          </ul>
          ${passkeySignals(own.signal)}
        </div>`;
    },
    async act(visit) {
      visit.setCookie(noHint.write(visit.request, '1'));
      return goTo('account/');
    },
  });
}

/** What the user has beside the password, in a few words. */
function factorWords({ say }: Visit, { factors }: OwnFactors): string {
  const count = (kind: string) => factors.filter((factor) => factor.kind === kind).length;
  const [apps, passkeys] = [count('totp'), count('passkey')];
  if (apps + passkeys === 0) return say('overview.factors_none');
  return [
    passkeys > 0 && say('overview.passkeys', { count: passkeys }),
    apps > 0 && say('overview.apps', { count: apps }),
  ]
    .filter(Boolean)
    .join(', ');
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
