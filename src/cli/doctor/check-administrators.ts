import type { Db } from '../../db/database.ts';
import { countAdministratorsWithoutFactor } from '../../features/identity/roles/index.ts';
import { countOf } from '../../lib/words.ts';
import { type Finding, ok, warning } from './finding.ts';

/** So many are counted. */
const most = 1_000;

/** Whether those who administer the server have more than a password. */
export async function examineAdministrators(db: Db): Promise<Finding[]> {
  const check = 'administrators';
  const count = await countAdministratorsWithoutFactor(db, most);
  if (count === 0) return [ok(check, 'each has a second factor')];
  return [
    warning(
      check,
      `${countOf(count, 'administrator')} without a second factor`,
      'A password alone opens the admin site. Ask them to add one, or require it of their role: latchkey roles require ROLE second-factor',
    ),
  ];
}
