export { passwordResetRoutes } from './password-reset.routes.ts';
export {
  beginPasswordReset,
  confirmPasswordReset,
  passwordResetOptions,
} from './password-reset.ts';
