export { emailVerificationRoutes } from './email-verification.routes.ts';
