export { mailSignInRoutes } from './mail-sign-in.routes.ts';
