export { loginRoutes } from './login.routes.ts';
export { type LoginDeps, login } from './login.ts';
