import { createHmac, timingSafeEqual } from 'node:crypto';
import { derivedKey } from '../../../lib/derived-key.ts';
import type { AccountSiteDeps } from './deps.ts';
import type { Visit } from './visits.pages.ts';

/**
 * How a URL names an authenticator app that waits for its first code. The page shows its secret, so the name is of use to
 * those alone who began it: somebody else who is signed in as the user, or knows the password, would guess the id, and make
 * the codes of the owner from then on.
 */

const purpose = 'latchkey authenticator apps in URLs';

/** Who began it, such as `session 7`: no other session, or sign-in that waits, can use its name. */
type Holder = string;

function macOf({ secretKey }: Pick<AccountSiteDeps, 'secretKey'>, holder: Holder, id: string) {
  const key = derivedKey(secretKey, purpose);
  return createHmac('sha256', key).update(`${id} ${holder}`).digest('base64url').slice(0, 22);
}

export function appRef(
  deps: Pick<AccountSiteDeps, 'secretKey'>,
  holder: Holder,
  id: number,
): string {
  return `${id}.${macOf(deps, holder, String(id))}`;
}

/** Which app that waits the URL of a page names; 0, which is none, where it does not, or is somebody else's. */
export function namedApp(
  deps: Pick<AccountSiteDeps, 'secretKey'>,
  holder: Holder,
  { query: { id: ref } }: Pick<Visit, 'query'>,
): number {
  const [, id, mac] = /^(\d{1,15})\.([\w-]{22})$/.exec(typeof ref === 'string' ? ref : '') ?? [];
  if (id === undefined || mac === undefined) return 0;
  const isTheirs = timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(deps, holder, id)));
  return isTheirs ? Number(id) : 0;
}
