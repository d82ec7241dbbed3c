import { findPasswordHash } from '../../identity/users/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { button } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import type { Visit } from './visits.pages.ts';

/**
 * What a page shows in place of a form that asks for the password, to a user who has none: who signs in by mail, say.
 *
 * @param next where they wanted to go: signing in again leads there, and is recent authentication
 * @returns undefined if there is a password
 */
export async function noPasswordView(
  { database, mail }: Pick<AccountSiteDeps, 'database' | 'mail'>,
  visit: Visit,
  next: string,
): Promise<Html | undefined> {
  if ((await findPasswordHash(database.db, ownOf(visit).id)) !== null) return undefined;
  const { say, root } = visit;
  return html`
    <div class="card">
      <p>${say('no_password.confirm_text')}</p>
      ${signInAgainForm(visit, next)}
      ${mail.isAvailable && html`<p><a class="button plain" href=${`${root}account/forgot/`}>${say('no_password.choose')}</a></p>`}
    </div>`;
}

/** Signs out, and leads to the sign-in, from there to `next`. */
export function signInAgainForm({ say, root }: Visit, next: string): Html {
  const signIn = `/account/sign-in/?${new URLSearchParams({ return_to: next })}`;
  const again = `${root}account/sign-out/?${new URLSearchParams({ return_to: signIn })}`;
  return html`<form method="post" action=${again}>${button(say, 'no_password.sign_in_again')}</form>`;
}
