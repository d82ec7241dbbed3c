import { createHmac, randomInt } from 'node:crypto';
import type { Db } from '../../../db/database.ts';
import type { Deps } from '../../../deps.ts';
import { derivedKey } from '../../../lib/derived-key.ts';
import { countStored } from '../../platform/limits/index.ts';
import type { Purpose } from './flows.queries.ts';

/** The codes of flows: how they are made and stored, how often one may be wrong, and how many there may be. */

/** How many digits a code has. */
export const codeDigits = 6;
/** How often the code of one flow may be wrong. */
export const maxWrongCodes = 5;
/**
 * Of one email and purpose, and no setting: with the limits off, new flows would take any number of guesses. At five
 * tries each, 50 codes are guessed on one day in 4,000.
 */
const maxCodesADay = 50;
const dayMs = 86_400_000;

/** What codes are hashed with. */
export type Secrets = Pick<Deps, 'secretKey' | 'secretKeyFallbacks'>;

export const newCode = () => String(randomInt(10 ** codeDigits)).padStart(codeDigits, '0');

/** Keyed, because a million codes are tried out in no time. */
export function codeHash(secretKey: string, flowHash: string, code: string): string {
  const key = derivedKey(secretKey, 'latchkey flow codes');
  return createHmac('sha256', key).update(`${flowHash} ${code}`).digest('base64url');
}

/** Counts a code, sent or not. @returns whether there were too many today: then none is sent */
export async function hasTooMany(
  trx: Db,
  { secretKey }: Secrets,
  of: { readonly purpose: Purpose; readonly email: string; readonly nowMs: number },
): Promise<boolean> {
  const secret = derivedKey(secretKey, 'latchkey flow counts');
  const key = createHmac('sha256', secret).update(`${of.purpose} ${of.email}`).digest('base64url');
  const { nowMs } = of;
  const event = { key, nowMs, endsAtMs: nowMs + dayMs, allowed: maxCodesADay };
  return (await countStored(trx, event)) === undefined;
}
