export { loginRoutes } from './login.routes.ts';
