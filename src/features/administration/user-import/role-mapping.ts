import type { Db } from '../../../db/database.ts';
import { OperatorError } from '../../../lib/operator-error.ts';
import { findRoleByName } from '../../identity/roles/index.ts';
import type { Candidate } from './check-record.ts';
import type { Dump } from './django-dump.ts';

/** The roles that users get for their groups in the file, by name. */
export interface RoleMapping {
  readonly groups: ReadonlyMap<string, string>;
  /** For `is_staff`; undefined: none. */
  readonly staff: string | undefined;
}

/** The ids of the roles that a candidate gets. */
export type RolesOf = (candidate: Candidate) => number[];

/** @throws OperatorError if there is no such role, or the dump has groups but not one of the name */
export async function createRolesOf(
  db: Db,
  { groups, staff }: RoleMapping,
  dump: Dump,
): Promise<RolesOf> {
  const names = [...dump.groups.values()];
  const missing = [...groups.keys()].find((name) => names.length > 0 && !names.includes(name));
  if (missing !== undefined) {
    throw new OperatorError(`The file has no group "${missing}". It has: ${names.join(', ')}.`);
  }
  const idOf = async (name: string) => {
    const role = await findRoleByName(db, name);
    if (role) return role.id;
    throw new OperatorError(`There is no role "${name}".`, { code: 'role_missing' });
  };
  const byGroup = new Map<string, number>();
  for (const [group, role] of groups) byGroup.set(group, await idOf(role));
  const staffRole = staff === undefined ? undefined : await idOf(staff);
  return (candidate) => {
    const ids = candidate.groups.map((name) => byGroup.get(name));
    if (candidate.isStaff) ids.push(staffRole);
    return [...new Set(ids.filter((id) => id !== undefined))];
  };
}
