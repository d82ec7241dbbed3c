import { findOtherRpIds } from '../features/sign-in/factors/index.ts';
import { countOf } from '../lib/words.ts';
import { CommandError } from '../terminal/command-error.ts';
import type { Workspace } from '../workspace/workspace.ts';

/**
 * Does not start with an RP ID that makes existing passkeys useless: users without another way to sign in
 * would be locked out, and nothing would say why.
 *
 * @throws CommandError if there are passkeys for another RP ID that is not given up
 */
export async function refuseOtherRpId({
  config: { relyingParty, formerRpIds },
  database,
}: Pick<Workspace, 'config' | 'database'>): Promise<void> {
  const others = await findOtherRpIds(database.db, relyingParty?.id);
  const [other] = others.filter(({ rpId }) => !formerRpIds.includes(rpId));
  if (!other) return;
  const { rpId, count } = other;
  const now = relyingParty
    ? `is for "${relyingParty.id}" now`
    : 'has none now: its public URL has an IP';
  throw new CommandError(
    `${countOf(count, 'passkey')} ${count === 1 ? 'is' : 'are'} for the RP ID "${rpId}", and this server ${now}: ` +
      `nobody could use them any more. ${otherRpIdAdvice(rpId, formerRpIds)}`,
  );
}

/** What to do about passkeys for another RP ID; the doctor says it as well. */
export function otherRpIdAdvice(rpId: string, formerRpIds: readonly string[]): string {
  return (
    `Keep the RP ID: LATCHKEY_PASSKEY_RP_ID=${rpId}. To give them up, start with ` +
    `LATCHKEY_PASSKEY_FORMER_RP_IDS=${[...formerRpIds, rpId].join(',')}.`
  );
}
