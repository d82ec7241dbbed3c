export { noteFailedLogin } from './failed-logins.ts';
export { finishSignIn } from './finish-sign-in.ts';
export { loginRoutes } from './login.routes.ts';
export { type LoginDeps, login } from './login.ts';
export { loginLimitNames } from './login-limits.ts';
