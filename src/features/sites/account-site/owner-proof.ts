import { findPasswordHash } from '../../identity/users/index.ts';
import { requireRecentAuth } from '../../sign-in/sessions/index.ts';
import type { AccountSiteDeps } from './deps.ts';
import { accountHint, currentPasswordField, type FormState } from './forms.ts';
import { type Html, html } from './html.ts';
import { ownOf } from './members.ts';
import type { Visit } from './visits.pages.ts';

/**
 * How a form asks for a proof of the owner, for changes that need more than a session: by a field for the password;
 * users without a password, or with a second factor, need recent authentication instead.
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
