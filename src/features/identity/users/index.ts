export { emailField, emailMaxLength, hasMailbox, normalizeEmail } from './email.ts';
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
  type UserWithHash,
  updateUser,
} from './users.queries.ts';
export {
  changeProfile,
  createUser,
  createUserIn,
  emailTaken,
  isEmailOf,
  isLastSuperuser,
  type OwnProfile,
  ownProfileOf,
  type Profile,
  profileOf,
  takenFields,
  type User,
  type UserChange,
  usernameTaken,
} from './users.ts';
