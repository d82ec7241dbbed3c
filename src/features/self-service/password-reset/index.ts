export { passwordResetRoutes } from './password-reset.routes.ts';
export {
  beginPasswordReset,
  checkPasswordReset,
  confirmPasswordReset,
  passwordResetOptions,
} from './password-reset.ts';
