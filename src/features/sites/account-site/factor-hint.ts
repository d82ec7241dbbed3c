import type { AccountSiteDeps } from './deps.ts';
import { button, form } from './forms.ts';
import { type Html, html } from './html.ts';
import type { OwnFactors } from './own-factors.ts';
import { dateWords } from './session-words.ts';
import type { Visit } from './visits.pages.ts';

/**
 * What a user is told who has no second factor, or not one that is good enough.
 *
 * @param options `isClosed`: the user does not want to read it again. What is required is said all the same
 */
export function factorHint(
  visit: Visit,
  { settings, clock }: Pick<AccountSiteDeps, 'settings' | 'clock'>,
  { isClosed, ...own }: Needs & { readonly isClosed: boolean },
): Html | undefined {
  if (settings.get('SECOND_FACTOR_POLICY') === 'off') return undefined;
  const { say, root } = visit;
  const required = requiredWords(visit, own, clock.nowMs());
  const setUp = html`<a class="button main" href=${`${root}account/security/`}>${say('overview.set_up')}</a>`;
  if (required) return html`<div class="summary"><p>${required}</p><p>${setUp}</p></div>`;
  if (own.usableLevel > 1 || isClosed) return undefined;
  return html`
    <div class="card">
      <p>${say('overview.hint')}</p>
      ${form(html`<div class="buttons">${setUp}${button(say, 'overview.not_now', { kind: 'plain' })}</div>`)}
    </div>`;
}

/** What an account has to have, and what it has that works on this server. */
type Needs = Pick<OwnFactors, 'requirement' | 'usableLevel'>;

/** What the account has to have, and by when: until then, or now; undefined: it has that. */
export function requiredWords(
  { say, language }: Visit,
  { requirement: { requiredLevel, dueAtMs }, usableLevel }: Needs,
  nowMs: number,
): string | undefined {
  if (usableLevel >= requiredLevel) return undefined;
  const isPasskey = requiredLevel === 3;
  if (dueAtMs === null) return say(isPasskey ? 'security.required_3' : 'security.required_2');
  if (dueAtMs <= nowMs) return say(isPasskey ? 'security.due_now_3' : 'security.due_now_2');
  const date = dateWords(language, dueAtMs);
  return say(isPasskey ? 'security.due_3' : 'security.due_2', { date });
}
