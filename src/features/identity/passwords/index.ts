export { hashProblem } from './hash-forms.ts';
export { createHashPool, type HashPool } from './hash-pool.ts';
export { type HashSource, hashSourceOf } from './hash-source.ts';
export {
  createPasswordPolicy,
  type PasswordOwner,
  type PasswordPolicy,
} from './password-policy.ts';
export {
  createPasswords,
  currentPasswordField,
  type Passwords,
  passwordField,
} from './passwords.ts';
