export { addUser, checkNewEmail } from './add-user.ts';
export { changeUser } from './change-user.ts';
export { userExportRoutes } from './export.admin-routes.ts';
export { userFactorRoutes } from './factors.admin-routes.ts';
export { cancelUserFactorReset, readUserFactors, resetUserFactorsNow } from './factors-admin.ts';
export { impersonationRoutes } from './impersonation.admin-routes.ts';
export { listUsers, type UserQuery, type UserSort } from './list-users.ts';
export { userSessionRoutes } from './sessions.admin-routes.ts';
export { newPasswordProblems, setUserPassword } from './set-user-password.ts';
export { userActionRoutes } from './user-actions.admin-routes.ts';
export {
  accountJson,
  findUser,
  type UserName,
  type UserView,
  viewUser,
} from './user-admin.ts';
export { activateUser, deactivateUser, removeUser } from './user-state.ts';
export { userRoutes } from './users.admin-routes.ts';
