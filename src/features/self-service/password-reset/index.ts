export { passwordResetRoutes } from './password-reset.routes.ts';
export {
  beginPasswordReset,
  checkPasswordReset,
  confirmPasswordReset,
  findResetMethods,
  passwordResetOptions,
} from './password-reset.ts';
