export {
  emailField,
  emailMaxLength,
  hasMailbox,
  isSameMailbox,
  normalizeEmail,
} from './email.ts';
export {
  deleteExpiredFormerEmails,
  deleteFormerEmails,
  extendFormerEmail,
  findFormerEmail,
  findFormerEmails,
  insertFormerEmail,
  isKeptForOthers,
  takeFormerEmail,
} from './former-emails.queries.ts';
export { usernameField } from './username.ts';
export {
  deleteUser,
  findPasswordHash,
  findUserByEmail,
  findUserById,
  hasSuperuser,
  lockUser,
  replacePasswordHash,
  setFirstPassword,
  setMailRecovery,
  type UserWithHash,
  updateUser,
} from './users.queries.ts';
export {
  changedColumns,
  changeProfile,
  createUser,
  createUserIn,
  emailTaken,
  isEmailOf,
  isLastSuperuser,
  isReachedByMail,
  type OwnProfile,
  ownProfileOf,
  type Profile,
  profileOf,
  takenFields,
  type User,
  usernameTaken,
} from './users.ts';
