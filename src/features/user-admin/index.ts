export {
  activateUser,
  addUser,
  checkNewEmail,
  deactivateUser,
  findUser,
  listUserPage,
  newPasswordFaults,
  removeUser,
  setUserPassword,
  type UserName,
  type UserView,
  viewUser,
} from './user-admin.ts';
