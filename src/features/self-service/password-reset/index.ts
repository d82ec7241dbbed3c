export { passwordResetRoutes } from './password-reset.routes.ts';
export {
  beginPasswordReset,
  confirmPasswordReset,
} from './password-reset.ts';
