export {
  type AdministratorWithoutFactor,
  countAdministrators,
  countAdministratorsWithoutFactor,
  findAdministratorsWithoutFactor,
} from './administrators.queries.ts';
export { type Authority, createAuthority } from './authority.ts';
export { createAuthorization } from './authorize.ts';
export { checkRoutes } from './check.routes.ts';
export { mayManage, requireMayGrant, requireMayManage } from './granting.ts';
export { createPermissionClaims, type PermissionClaims } from './permission-claims.ts';
export { permissionRoutes } from './permissions.admin-routes.ts';
export { builtInNames, permissionProblem, similarBuiltIn } from './permissions.ts';
export { roleNameProblem } from './role-name.ts';
export { roleRoutes } from './roles.admin-routes.ts';
export {
  findRole,
  findRoleByName,
  findRolesOfUsers,
  findRolesRequiring,
  roleLevelOf,
} from './roles.queries.ts';
export {
  changeRole,
  createRole,
  listRoles,
  maxCounted,
  namesOfRequiringRoles,
  type Role,
  readRole,
  removeRole,
} from './roles.ts';
export { sweepRoles } from './sweep-roles.ts';
export { grantFields, userPermissionRoutes } from './user-permissions.admin-routes.ts';
export {
  changeUserRole,
  readUserPermissions,
  setUserGrants,
  type UserGrants,
} from './user-permissions.ts';
