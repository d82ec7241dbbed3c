import type { Requirement } from '../../sign-in/factors/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button, form } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import { dateWords } from './session-words.ts';
import type { Visit } from './visits.pages.ts';

/**
 * What a user is told who has no second factor, or not one that is good enough.
 *
 * @param options `isClosed`: the user does not want to read it again. What is required is said all the same
 */
export function factorHint(
  visit: Visit,
  { settings }: Pick<AccountSiteDeps, 'settings'>,
  { requirement, isClosed }: { readonly requirement: Requirement; readonly isClosed: boolean },
): Html | undefined {
  if (settings.get('SECOND_FACTOR_POLICY') === 'off') return undefined;
  const { say, root } = visit;
  const { factorLevel } = ownOf(visit);
  const required = requiredWords(visit, requirement);
  const setUp = html`<a class="button main" href=${`${root}account/security/`}>${say('overview.set_up')}</a>`;
  if (required) return html`<div class="summary"><p>${required}</p><p>${setUp}</p></div>`;
  if (factorLevel > 1 || isClosed) return undefined;
  return html`
    <div class="card">
      <p>${say('overview.hint')}</p>
      ${form(html`<div class="buttons">${setUp}${button(say, 'overview.not_now', { kind: 'plain' })}</div>`)}
    </div>`;
}

/** What the account has to have, and by when; undefined: it has that. */
export function requiredWords(
  visit: Visit,
  { requiredLevel, dueAtMs }: Requirement,
): string | undefined {
  const { say, language } = visit;
  if (ownOf(visit).factorLevel >= requiredLevel) return undefined;
  const isPasskey = requiredLevel === 3;
  if (dueAtMs === null) return say(isPasskey ? 'security.required_3' : 'security.required_2');
  const date = dateWords(language, dueAtMs);
  return say(isPasskey ? 'security.due_3' : 'security.due_2', { date });
}
