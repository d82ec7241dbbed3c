import type { Config } from '../../config/config.ts';
import type { Db } from '../../db/database.ts';
import { countByRpId } from '../../features/sign-in/factors/index.ts';
import { countOf } from '../../lib/words.ts';
import { type Finding, ok, warning } from './finding.ts';

/** How many passkeys there are for the RP ID of this server, and for others. */
export async function examinePasskeys({ relyingParty }: Config, db: Db): Promise<Finding[]> {
  const check = 'passkeys';
  const counts = await countByRpId(db);
  const others = counts.filter(({ rpId }) => rpId !== relyingParty?.id);
  if (others.length > 0) {
    return others.map(({ rpId, count }) =>
      warning(
        check,
        `${countOf(count, 'passkey')} for the RP ID "${rpId}" cannot be used: this server has ${relyingParty ? `"${relyingParty.id}"` : 'none'}`,
        `Keep the RP ID with LATCHKEY_PASSKEY_RP_ID=${rpId}. Or ask the users of these passkeys to add new ones.`,
      ),
    );
  }
  if (!relyingParty) return [ok(check, 'there are none: the public URL has an IP')];
  const own = counts.reduce((sum, { count }) => sum + count, 0);
  return [ok(check, `${countOf(own, 'passkey')} for the RP ID "${relyingParty.id}"`)];
}
