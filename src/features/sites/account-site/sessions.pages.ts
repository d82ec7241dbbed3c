import { type Body, textMember } from '../../../contract/fields.ts';
import { endUserSessions, findLiveSessions } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, form } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { placeWords, timeAgo } from './session-words.ts';
import type { AccountSite } from './site.pages.ts';
import { forgetTypedEmails } from './typed-email.ts';
import { goTo, type Visit } from './visits.pages.ts';

/** More than anybody has; a limit on what one page holds. */
const maxListed = 200;

type LiveSession = Awaited<ReturnType<typeof findLiveSessions>>[number];

/** The devices on which the user is signed in, and ending that. */
export function sessionsPage(site: AccountSite, deps: AccountSiteDeps): void {
  const { database, clock, accountSession } = deps;

  site.addPage({
    path: 'sessions/',
    title: 'sessions.title',
    auth: { kind: 'account' },
    recentAuth: false,
    limits: ['SECURITY_CHANGES_PER_SESSION'],
    async view(visit) {
      const { say } = visit;
      const own = ownOf(visit);
      const nowMs = clock.nowMs();
      const all = await findLiveSessions(database.db, own.id, nowMs, maxListed);
      const isCurrent = ({ id }: LiveSession) => id === own.sessionId;
      const sorted = [...all.filter(isCurrent), ...all.filter((session) => !isCurrent(session))];
      return html`
        <div>
          <p>${say('sessions.text')}</p>
          ${form(html`
            <ul class="card rows">
              ${sorted.map((session) => row(visit, session, { nowMs, isCurrent: isCurrent(session) }))}
            </ul>
            ${all.length > 1 && button(say, 'sessions.end_others', { kind: 'danger', name: 'end', value: 'others' })}`)}
        </div>`;
    },
    async act(visit, body) {
      const { id: userId, sessionId, actor } = ownOf(visit);
      const which = readWhich(body);
      const isCurrent = which === sessionId;
      const cause = isCurrent ? 'logged_out' : 'session_revoked';
      const by = { actor, nowMs: clock.nowMs() };
      const sessions = which === 'others' ? { exceptId: sessionId } : { id: which };
      await database.transact((trx) => endUserSessions(trx, userId, cause, by, sessions));
      if (!isCurrent) {
        return goTo('account/sessions/', {
          notice: which === 'others' ? 'notice.other_sessions_ended' : 'notice.one_session_ended',
        });
      }
      visit.setCookie(accountSession.forget(visit.request));
      forgetTypedEmails(visit, deps);
      return goTo('account/sign-in/', { notice: 'notice.signed_out' });
    },
  });
}

/** Which sessions end: one by its id, or all others; 0, which is nobody's, where the form does not say. */
function readWhich(body: Body): number | 'others' {
  const text = textMember(body, 'end') ?? '';
  if (text === 'others') return text;
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function row(
  { say, language }: Visit,
  { id, ip, device, refreshedAtMs, createdAtMs, impersonatorId }: LiveSession,
  { nowMs, isCurrent }: { readonly nowMs: number; readonly isCurrent: boolean },
): Html {
  const name = device ?? say('sessions.unknown_device');
  const used = timeAgo(language, refreshedAtMs, nowMs);
  const begun = timeAgo(language, createdAtMs, nowMs);
  return html`
    <li class="row">
      <div>
        <strong>${name}</strong>
        ${isCurrent && html` <span class="mark good">${say('sessions.current')}</span>`}
        ${impersonatorId !== null && html` <span class="mark">${say('sessions.support')}</span>`}
        <p class="hint">
          ${placeWords(say, ip)} · ${say('sessions.used', { when: used })}${begun !== used && ` · ${say('sessions.begun', { when: begun })}`}
        </p>
      </div>
      ${!isCurrent && html`<div class="action">${button(say, 'sessions.end', { kind: 'plain', name: 'end', value: id, about: name })}</div>`}
    </li>`;
}
