export {
  type Authority,
  createReadAuthority,
  findAuthority,
  holds,
  type ReadAuthority,
} from './authority.ts';
export { createAuthorization } from './authorize.ts';
export { checkRoutes } from './check.routes.ts';
export { type Gift, requireMayGive, requireMayManage } from './giving.ts';
export { createPermissionClaims, type PermissionClaims } from './permission-claims.ts';
export { permissionRoutes } from './permissions.admin-routes.ts';
export { roleRoutes } from './roles.admin-routes.ts';
export { findRolesOfUsers } from './roles.queries.ts';
export { grantFields, readGrants, userPermissionRoutes } from './user-permissions.admin-routes.ts';
export { setUserGrants, type UserGrants } from './user-permissions.ts';
