export { listUsers, type UserSort } from './list-users.ts';
export {
  activateUser,
  addUser,
  checkNewEmail,
  deactivateUser,
  findUser,
  newPasswordFaults,
  removeUser,
  setUserPassword,
  type UserName,
  type UserView,
  viewUser,
} from './user-admin.ts';
export { userAdminRoutes } from './users.admin-routes.ts';
