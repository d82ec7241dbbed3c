export { mailSignInRoutes } from './mail-sign-in.routes.ts';
export { beginMailSignIn, confirmMailSignIn } from './mail-sign-in.ts';
