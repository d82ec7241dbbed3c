export { emailVerificationRoutes } from './email-verification.routes.ts';
export {
  beginEmailVerification,
  beginEmailVerificationByPassword,
  confirmEmailVerification,
  startEmailVerification,
} from './email-verification.ts';
export { unsignedVerificationRoutes } from './unsigned-verification.routes.ts';
