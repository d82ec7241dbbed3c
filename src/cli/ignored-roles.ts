import type { Db } from '../db/database.ts';
import { findRolesRequiring } from '../features/identity/roles/index.ts';
import { acrOf } from '../lib/auth-level.ts';

/** So many are counted, and so many named. */
const most = 1_000;
const mostNamed = 3;

/** What roles require while the policy lets nothing be required, in words. */
export interface IgnoredRoles {
  readonly message: string;
  readonly advice: string;
}

/** What is without effect while SECOND_FACTOR_POLICY is off; undefined: no role requires anything. */
export async function findIgnoredRoles(db: Db): Promise<IgnoredRoles | undefined> {
  const roles = await findRolesRequiring(db, 2, most);
  const [first] = roles;
  if (first === undefined) return undefined;
  const named = roles.slice(0, mostNamed).map(({ name }) => name);
  const others = roles.length - named.length;
  const names = [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  const require =
    roles.length === 1
      ? `role ${names} requires ${acrOf(first.requiredLevel)}`
      : `roles ${names} require a second factor`;
  return {
    message: `${require}, and SECOND_FACTOR_POLICY is off, so nothing is required`,
    advice:
      'Let roles require it: latchkey settings set SECOND_FACTOR_POLICY optional. ' +
      `Or require nothing: latchkey roles require ${first.name} aal1`,
  };
}
