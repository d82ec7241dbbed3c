import type { Db } from '../../db/database.ts';
import {
  type AdministratorWithoutFactor,
  countAdministrators,
  findAdministratorsWithoutFactor,
} from '../../features/identity/roles/index.ts';
import { countOf } from '../../lib/words.ts';
import type { Settings } from '../../settings/settings.ts';
import { type Finding, ok, warning } from './finding.ts';

type Get = Settings['get'];

/** So many are counted, and so many named. */
const most = 1_000;
const mostNamed = 3;

/** Whether those who administer the server have more than a password. */
export async function examineAdministrators(db: Db, get: Get): Promise<Finding> {
  const check = 'administrators';
  if ((await countAdministrators(db, 1)) === 0) {
    return ok(check, 'there are none; to add one: latchkey users create EMAIL --superuser');
  }
  const found = await findAdministratorsWithoutFactor(db, most);
  if (found.length === 0) return ok(check, 'each has a second factor');
  const named = found.slice(0, mostNamed).map(({ email }) => email);
  const others = found.length - named.length;
  const names = [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ');
  return warning(
    check,
    `${countOf(found.length, 'administrator')} without a second factor: ${names}`,
    adviceFor(found, get),
  );
}

function adviceFor(found: readonly AdministratorWithoutFactor[], get: Get): string {
  const policy = get('SECOND_FACTOR_POLICY');
  if (policy === 'off') {
    return (
      'A password alone opens the admin site, and as SECOND_FACTOR_POLICY is off, they cannot add a factor, and no role can ' +
      'require one. Allow it: latchkey settings set SECOND_FACTOR_POLICY optional'
    );
  }
  const free = policy === 'required' ? [] : found.filter(({ roleLevel }) => roleLevel === 1);
  if (free.length > 0) {
    const opens = 'A password alone opens the admin site. Ask them to add one, or require it';
    return free.every(({ hasRole }) => hasRole)
      ? `${opens} of their role: latchkey roles require ROLE aal2`
      : `${opens} of everybody, as not all of them have a role: latchkey settings set SECOND_FACTOR_POLICY required`;
  }
  const hasGrace = get('SECOND_FACTOR_GRACE_PERIOD') > 0;
  const isOver = found.every(({ dueAtMs }) =>
    dueAtMs === null ? !hasGrace : dueAtMs <= Date.now(),
  );
  return isOver
    ? 'It is required of them, and their time for it is over: a password opens nothing but adding one. Ask them to do it ' +
        'before somebody else who knows the password does.'
    : 'It is required of them. Until their time for it is over, a password alone opens the admin site: ask them to add one now.';
}
