import { type Answer, whenAnswered } from '../../../lib/answer.ts';
import type { Settings } from '../../../settings/settings.ts';
import type { Authority, Grants } from './authority.ts';

/**
 * The permissions of a user in an access token, for applications that read tokens without asking the server. This
 * server never reads them: it asks the database.
 */
export interface PermissionClaims {
  /** The names of the roles (RFC 9068 2.2.3.1). */
  readonly roles?: readonly string[];
  /** All that the user was given, by the roles too. */
  readonly permissions?: readonly string[];
  /** Only for a superuser, who has every permission. */
  readonly is_superuser?: true;
  /** There were too many: ask `/api/me/permissions/` instead. */
  readonly permissions_omitted?: true;
}

/** In bytes of JSON. A header of a request has room for little more, and it is sent with each. */
const maxSize = 4_096;

/** The claims of a user, with `ACCESS_TOKEN_PERMISSIONS` on; without it none, and no look-up. */
export function createPermissionClaims({
  settings,
  authority,
}: {
  settings: Settings;
  authority: Authority;
}): (userId: number) => Answer<PermissionClaims> {
  return (userId) => {
    if (!settings.get('ACCESS_TOKEN_PERMISSIONS')) return {};
    return whenAnswered(authority.readGrants(userId), claimsOf);
  };
}

function claimsOf({ isSuperuser, roles, permissions }: Grants): PermissionClaims {
  const superuser = isSuperuser && { is_superuser: true as const };
  const claims = permissions && { roles, permissions };
  if (claims && JSON.stringify(claims).length <= maxSize) return { ...claims, ...superuser };
  return { permissions_omitted: true, ...superuser };
}
