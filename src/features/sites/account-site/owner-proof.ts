import { findPasswordHash } from '../../identity/users/index.ts';
import { requireRecentAuth } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { accountHint, currentPasswordField, type FormState } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import type { Visit } from './visits.pages.ts';

/**
 * How a form for what a stolen session must not be enough for asks whose it is: by a field for the password; or by
 * nothing, of users who have no password or a second factor, and have proved lately who they are.
 *
 * @throws AppError `insufficient_user_authentication`, which leads to where they do
 */
export async function ownerProof(
  visit: Visit,
  form: FormState,
  deps: AccountSiteDeps,
): Promise<Html | undefined> {
  const own = ownOf(visit);
  const hasPassword = (await findPasswordHash(deps.database.db, own.id)) !== null;
  if (hasPassword && own.factorLevel === 1) {
    return html`<div>${accountHint(own.email)}${currentPasswordField({ say: visit.say, form })}</div>`;
  }
  requireRecentAuth(deps, own);
  return undefined;
}
