export { emailVerificationRoutes } from './email-verification.routes.ts';
export { startEmailVerification } from './email-verification.ts';
export { unsignedVerificationRoutes } from './unsigned-verification.routes.ts';
