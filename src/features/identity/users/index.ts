export {
  emailField,
  emailMaxLength,
  hasMailbox,
  isSameMailbox,
  normalizeEmail,
} from './email.ts';
export {
  deleteFormerEmails,
  extendFormerEmail,
  type FormerEmail,
  findFormerEmail,
  findFormerEmails,
  insertFormerEmail,
  isKeptForOthers,
  takeFormerEmail,
} from './former-emails.queries.ts';
export { usernameField } from './username.ts';
export {
  findPasswordHash,
  findUserByEmail,
  findUserById,
  hasSuperuser,
  lockUser,
  replacePasswordHash,
  setEmailProof,
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
  deleteAccount,
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
